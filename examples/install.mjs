// node ../install.mjs: installs what the example in this folder needs, with the clone's own build of metlog, which is made if there is none.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (args, cwd) => execFileSync('npm', args, { cwd, stdio: 'inherit' });

if (!existsSync(`${root}/node_modules`)) run(['install', '--no-audit', '--no-fund'], root);
if (!existsSync(`${root}/dist/cli.js`)) run(['run', 'build:js'], root);
rmSync('node_modules/metlog', { recursive: true, force: true }); // a copy, which npm would leave as it is
run(['install', '--no-audit', '--no-fund'], process.cwd());
