/*
 * Draws the graph of a network for digits: its operations, what flows between them, and its layers as frames.
 *
 * Run: npm run example examples/drawGraph.ts -- --gradient --output graph.svg
 */
import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Command, Option } from 'commander';
import { wholeNumber } from './commandLine.js';
import { networkGraph } from './drawGraph/networkGraph.js';
import { drawSvg } from './drawGraph/svg.js';
import { modelNames, type ModelName } from './mnist/models.js';
import { cut } from './terminal.js';

interface DrawOptions {
  readonly model: ModelName;
  readonly gradient?: true;
  readonly collapse?: true | number;
  readonly constants: boolean;
  readonly output: string;
}

const { model, gradient = false, collapse = false, constants, output } = new Command('drawGraph')
  .description('Draws the graph of a network, and prints it as a table.')
  .addOption(new Option('--model <name>', 'the network').choices(modelNames).default('cnn'))
  .option('--gradient', 'with the loss and its gradient')
  .option('--collapse [depth]', 'a box a layer, or a module of so many names', wholeNumber(1))
  .option('--no-constants', 'leave out what comes from elsewhere')
  .option('--output <file>', 'where to: an .svg, .dot or .mmd (Mermaid) file', 'graph.svg')
  .parse()
  .opts<DrawOptions>();

const graph = networkGraph(model, gradient);
const options = { collapse, constants };
const drawings: Record<string, () => string | Promise<string>> = {
  '.svg': () => drawSvg(graph, options),
  '.dot': () => graph.toDot(options),
  '.mmd': () => graph.toMermaid(options),
};
const draw = drawings[extname(output)];
if (draw === undefined) {
  console.error(`--output is '${output}'; expected a file whose name ends in ${Object.keys(drawings).join(', ')}`);
  process.exitCode = 1;
} else {
  console.log(cut(graph.toTable(options)));
  await writeFile(output, await draw());
  console.log(`\nDrawn to ${output}.`);
}
