import { useState } from 'react';
import { metlog } from './metlog.js';

export function App() {
  const [count, setCount] = useState(0);
  if (count === 3) throw new RangeError('three is too much'); // what React cannot draw is reported by `rootHandlers`

  function add() {
    metlog.incr('cart.added');
    setCount(count + 1);
  }

  return <button onClick={add}>{count} in the cart</button>;
}
