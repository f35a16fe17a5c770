/** Run in a network namespace: connects by TCP for those who ask over a socket file, which knows no namespaces. */
import { connect, createServer } from 'node:net';

const server = createServer({ allowHalfOpen: true }, (asker) => {
  asker.on('error', () => undefined);
  asker.once('data', (first: Buffer) => {
    asker.pause();
    const end = first.indexOf(10);
    const [host = '', port] = first.toString('latin1', 0, end).split(' ');
    const socket = connect({ host, port: Number(port), allowHalfOpen: true });
    socket.on('error', () => asker.destroy());
    asker.on('close', () => socket.destroy());
    socket.on('connect', () => {
      if (first.length > end + 1) socket.write(first.subarray(end + 1));
      socket.pipe(asker);
      asker.pipe(socket);
    });
  });
});
server.listen(process.argv[2], () => console.log('listening'));
