import { Converter, ReflectionKind } from 'typedoc';

/**
 * A TypeDoc plugin for names that readers see: guides have the titles of their pages, destructured parameters the names of their
 * types, and the names of operations in the list of operations are links.
 */
export function load(application) {
  // Afterwards, since comments name the parts of destructured parameters.
  application.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
      if (parameter.name === '__namedParameters') parameter.name = parameterName(parameter.type?.name ?? 'options');
    }
  });
  application.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const page of project.documents ?? []) {
      const isOperations = page.name === 'operations';
      page.name = titleOf(page) ?? page.name;
      if (isOperations) page.content = page.content.flatMap((part) => linkOperations(part, project));
    }
  });
}

/** `AdamOptions` becomes `options`, `TrainingState` becomes `trainingState`. */
function parameterName(type) {
  return type.endsWith('Options') ? 'options' : type[0].toLowerCase() + type.slice(1);
}

function titleOf({ content }) {
  return /^# (.+)$/m.exec(content.map(({ text }) => text).join(''))?.[1];
}

/** Splits a text so that the operation that a row of a table begins with is a link. */
function linkOperations(part, project) {
  if (part.kind !== 'text' && part.kind !== 'code') return [part];
  return part.text.split(/(?<=^\| )`(\w+)`(?= \|)/m).map((text, index) => {
    if (index % 2 === 0) return { ...part, text };
    const target = project.children.find(({ name }) => name === '@adjoint/ops')?.getChildByName([text]);
    return target === undefined ? { kind: 'code', text: `\`${text}\`` } : { kind: 'inline-tag', tag: '@linkcode', text, target };
  });
}
