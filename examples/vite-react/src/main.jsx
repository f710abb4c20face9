import { createRoot } from 'react-dom/client';
import { rootHandlers } from 'metlog/react';
import { App } from './app.jsx';
import { metlog } from './metlog.js';

createRoot(document.getElementById('root'), rootHandlers(metlog)).render(<App />);
