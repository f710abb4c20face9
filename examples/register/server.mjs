// A service that knows nothing of Metlog: `node --import metlog/register` watches it.
import express from 'express';

const app = express();
app.get('/orders/:id', async (request, response) => {
  const stock = await fetch(`http://127.0.0.1:${server.address().port}/stock/${request.params.id}`);
  response.json({ id: request.params.id, left: await stock.json() });
});
app.get('/stock/:id', (request, response) => response.json(17));
app.get('/crash', (request, response) => {
  response.json('it will');
  setTimeout(function sweep() {
    const shelf = { id: 7, password: 'hunter2' };
    throw new Error(`shelf ${shelf.id} is gone`); // nobody catches it, and the process ends, as it would have anyway
  });
});

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  console.log(`service: http://127.0.0.1:${server.address().port}/orders/1`),
);
