/** Whether a name fits. */
export type NameTest = (name: string) => boolean;

/** A test for a pattern in which `*` stands for any text, also none. Takes time linear in the name whatever the pattern: no backtracking. */
export function namePattern(pattern: string): NameTest {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (name) => name === pattern;
  return (name) => {
    if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
    const end = name.length - last.length;
    let at = first.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found === -1 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

/** A test that any one of `patterns` satisfies; null, for everything, when there are none. */
export function anyPattern(patterns: readonly string[]): NameTest | null {
  if (patterns.length === 0) return null;
  const tests = patterns.map(namePattern);
  return (name) => tests.some((test) => test(name));
}
