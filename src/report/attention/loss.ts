import type { AttentionItem } from '../api/attention.ts';
import { lossWords, type WindowLoss } from '../window-loss.ts';
import { clip } from './clip.ts';

/** Of a thousand messages, one. */
const MAX_SHARE = 0.001;

/** Says of which loggers more than a thousandth did not come in the last 24 hours, the most missing first. */
export const lossItems = ({ loggers }: WindowLoss): AttentionItem[] =>
  loggers
    .filter(({ missing, received }) => missing > MAX_SHARE * (missing + received))
    .map((loss) => {
      const { logger, missing, received, silentSenders } = loss;
      const text = `${clip(logger)}: ${lossWords(loss) ?? ''} in the last 24 hours`;
      return { rule: 'loss', text, logger, missing, received, silentSenders };
    });
