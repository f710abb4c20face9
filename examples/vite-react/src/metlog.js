import { configure } from 'metlog';
import { errors, fetchTiming, navigation, vitals } from 'metlog/captures';

/** Sends to `/v1/messages` of the page's own origin. */
export const metlog = configure({
  logger: 'vite-react',
  capture: [errors(), vitals(), navigation(), fetchTiming()],
});
