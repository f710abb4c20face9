import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const DIST = resolve(import.meta.dirname, '../../dist');

export interface ScriptResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `files['main.mjs']` (or the first file) in a process of its own until it ends by itself; `NODE`, `CJS`, `CAPTURES` and `CAPTURES_CJS` in the sources stand for the built package's
 * files, and `FOLDER` in what it said for where it ran.
 */
export async function runScript(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<ScriptResult> {
  const folder = await mkdtemp(join(tmpdir(), 'metlog-script-'));
  try {
    for (const [name, source] of Object.entries(files)) {
      const text = source
        .replaceAll("'NODE'", JSON.stringify(pathToFileURL(join(DIST, 'node.js')).href))
        .replaceAll("'CJS'", JSON.stringify(join(DIST, 'node.cjs')))
        .replaceAll("'CAPTURES'", JSON.stringify(pathToFileURL(join(DIST, 'node-captures.js')).href))
        .replaceAll("'CAPTURES_CJS'", JSON.stringify(join(DIST, 'node-captures.cjs')));
      await writeFile(join(folder, name), text);
    }
    const { stdout, stderr, ...ended } = await run(join(folder, Object.keys(files)[0] ?? ''), env);
    return { ...ended, stdout: stdout.replaceAll(folder, 'FOLDER'), stderr: stderr.replaceAll(folder, 'FOLDER') };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function run(file: string, env: Readonly<Record<string, string>>): Promise<ScriptResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part));
    child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
}
