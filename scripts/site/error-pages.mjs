/** A page for each error code, from the tables of the code. */

const CLASSES = {
  rejection: {
    title: 'a rejection of the domain',
    place: '`receipt.rejection.code`',
    about:
      'The command was decided and refused, and changed nothing. The receipt is final: the same `commandId` gives ' +
      'the same rejection for ever. To try again, make a new `commandId`.',
  },
  error: {
    title: 'an error of an operation',
    place: '`errors[].extensions.code`, on HTTP, WebSocket and SSE alike',
    about: 'No command was decided at that time. Sending the same `commandId` again is always safe.',
  },
};

const pageOf = (code, kind, sections) =>
  [
    `# ${code}`,
    `${code} is ${CLASSES[kind].title}. It stands in ${CLASSES[kind].place}.`,
    ...sections,
    CLASSES[kind].about,
    'All codes: [errors](../errors.md).',
  ].join('\n\n') + '\n';

/** @returns {Record<string, string>} the text of each page, by its code */
export function errorPages({ rejections, errors }) {
  const pages = {};
  for (const [code, meaning] of Object.entries(rejections)) pages[code] = pageOf(code, 'rejection', [meaning]);
  for (const [code, { meaning, remedy, extensions = [] }] of Object.entries(errors)) {
    const fields = extensions.map((name) => `\`${name}\``).join(', ');
    const sections = [meaning, `**What to do.** ${remedy}`];
    if (extensions.length > 0) sections.push(`**Comes with** ${fields} in \`extensions\`.`);
    pages[code] = code in rejections ? `${pages[code]}\n${sections.join('\n\n')}\n` : pageOf(code, 'error', sections);
  }
  return pages;
}
