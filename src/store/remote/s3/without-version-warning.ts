/** Read by the client when the first one of a process is made; there is no option for it. */
const SWITCH = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

/** Makes a client that does not tell whoever runs the process which versions of Node its later releases will want. The environment is the same afterwards. */
export function withoutVersionWarning<T>(make: () => T): T {
  const before = process.env[SWITCH];
  process.env[SWITCH] = 'true';
  try {
    return make();
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, SWITCH);
    else process.env[SWITCH] = before;
  }
}
