import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GraphViewOptions } from '@adjoint/core';
import { networkGraph } from '../../examples/drawGraph/networkGraph.js';
import { drawSvg } from '../../examples/drawGraph/svg.js';

const picture = new URL('../../docs/images/cnn.svg', import.meta.url);

describe('the example that draws graphs', () => {
  it('draws the picture of the guide: if it changed, npm run example examples/drawGraph.ts -- --output docs/images/cnn.svg', async () => {
    expect(await drawSvg(networkGraph('cnn', false), {})).toBe(readFileSync(picture, 'utf8'));
  });

  it.each<GraphViewOptions>([{}, { collapse: true }, { collapse: 1 }, { phases: 'gradient' }, { constants: false }])('draws the gradient of a network with %j', async (options) => {
    const svg = await drawSvg(networkGraph('cnn', true), options);
    expect(svg.startsWith('<svg')).toBe(true);
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  describe('a picture', () => {
    let svg: string;
    beforeAll(async () => {
      svg = await drawSvg(networkGraph('cnn', true), {});
    });

    it('has every layer as a frame with a caption', () => {
      const captions = [...svg.matchAll(/<text class="caption"[^>]*>([^<]*)</g)].map(([, text]) => text!.trim());
      expect(captions.sort()).toEqual([
        'conv2d', 'conv2d_1', 'dense', 'dense_1', 'dropout', 'dropout_1', 'flatten', 'loss', 'maxPool2d', 'maxPool2d_1', 'relu', 'relu_1', 'relu_2', 'sequential',
      ].sort());
      expect(svg.match(/class="cluster module"/g)?.length).toBe(captions.length);
    });

    it('tells forward, gradient and saved arrows apart', () => {
      for (const kind of ['forward', 'gradient', 'saved']) expect(svg).toContain(`class="edge ${kind}"`);
    });
  });
});
