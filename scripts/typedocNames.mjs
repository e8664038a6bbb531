import { Converter, ReflectionKind, Renderer } from 'typedoc';

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
  // The guides belong to no package, so they are there only once all packages are converted.
  application.renderer.on(Renderer.EVENT_BEGIN, ({ project }) => {
    for (const page of project.documents ?? []) {
      if (page.name === 'operations') page.content = page.content.map((part, index, parts) => linkOperation(part, parts[index - 1], project));
      page.name = titleOf(page) ?? page.name;
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

/** Makes a link of the operation that a row of a table begins with. */
function linkOperation(part, before, project) {
  if (part.kind !== 'code' || before === undefined || !/(^|\n)\| $/.test(before.text)) return part;
  const name = part.text.replaceAll('`', '');
  const target = project.children.find((module) => module.name === '@adjoint/ops')?.getChildByName([name]);
  return target === undefined ? part : { kind: 'inline-tag', tag: '@linkcode', text: name, target };
}
