import { readFile, writeFile } from 'node:fs/promises';

const START = '<!-- bench:start -->';
const END = '<!-- bench:end -->';
const HEADING = '## Measured';

/** Puts `text` between the README's two markers; where they are missing, at the end of its section "Measured". `format` has the last word on the whole. */
export async function writeIntoReadme(path, text, format) {
  let readme = '';
  try {
    readme = await readFile(path, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  await writeFile(path, await format(withBlock(readme, `${START}\n\n${text}\n\n${END}`)));
}

function withBlock(readme, block) {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END);
  if (start !== -1 && end > start) return readme.slice(0, start) + block + readme.slice(end + END.length);
  const heading = readme.indexOf(`${HEADING}\n`);
  if (heading === -1) return `${readme.trimEnd()}\n\n${HEADING}\n\n${block}\n`.trimStart();
  const next = readme.indexOf('\n## ', heading + HEADING.length);
  const at = next === -1 ? readme.length : next;
  return `${readme.slice(0, at).trimEnd()}\n\n${block}\n${readme.slice(at)}`;
}
