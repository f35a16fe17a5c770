/**
 * Reads the stores by their own drivers, and by nothing of Tollgate; a program of books.ts, in the cluster's network.
 *
 *   argv: address of Redis, address of MongoDB, epoch ms from which entries are wanted
 */
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';

const [redisHost = '', mongoHost = '', since = '0'] = process.argv.slice(2);
const PREFIX = '{tollgate}:';

const redis = new Redis({ host: redisHost, lazyConnect: true, maxRetriesPerRequest: 1 });
const mongo = new MongoClient(`mongodb://${mongoHost}:27017/tollgate`, { serverSelectionTimeoutMS: 5_000 });
try {
  await redis.connect();
  const generation = await redis.hget(`${PREFIX}epoch`, 'gen');
  const counters = [];
  const begin = `${PREFIX}${generation}:counter:`;
  for (const key of await redis.keys(`${begin}*`)) {
    const [spent, reserved] = await redis.hmget(key, 'spent', 'reserved');
    counters.push({ name: key.slice(begin.length), spent: Number(spent), reserved: Number(reserved) });
  }
  const chains = await redis.smembers(`${PREFIX}chains`);
  const rows = await mongo
    .db()
    .collection('entries')
    .find({ at: { $gte: Number(since) } }, { projection: { chain: 1, seq: 1, text: 1, hash: 1, _id: 0 } })
    .toArray();
  console.log(JSON.stringify({ generation, counters, chains, rows }));
} finally {
  redis.disconnect();
  await mongo.close();
}
