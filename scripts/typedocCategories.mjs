import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc';

/** A TypeDoc plugin: what stands in a folder of the sources of ops or nn is in the category of that name. */
export function load(application) {
  application.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (reflection.parent?.kindOf(ReflectionKind.SomeModule | ReflectionKind.Project) !== true) return;
    const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName ?? '';
    const folder = /\/packages\/(?:ops|nn)\/src\/(?!node\/)([^/]+)\//.exec(file)?.[1];
    if (folder === undefined) return;
    reflection.comment ??= new Comment();
    reflection.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: folder }]));
  });
}
