import https, { Agent, type AgentOptions } from 'node:https';

/** Has this process trust this authority alone, as NODE_EXTRA_CA_CERTS does, which Node reads at its start alone; what it returns ends that. */
export function trust(ca: string): () => void {
  const before = https.globalAgent;
  class Trusting extends Agent {
    constructor(options?: AgentOptions) {
      super({ ...options, ca });
    }
  }
  // Also who wants an agent of its own (`agent: false`) gets one of this one's class.
  https.globalAgent = new Trusting();
  return () => {
    https.globalAgent = before;
  };
}
