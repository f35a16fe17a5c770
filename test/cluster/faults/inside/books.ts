/**
 * Reads the stores by their own drivers, and by nothing of Tollgate; a program of books.ts, in the cluster's network.
 *
 *   argv: address of Redis; address of MongoDB, and epoch ms from which entries are wanted: without them, none are
 */
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';

const [redisHost = '', mongoHost, since = '0'] = process.argv.slice(2);
const PREFIX = '{tollgate}:';

const redis = new Redis({ host: redisHost, lazyConnect: true, maxRetriesPerRequest: 1 });
try {
  await redis.connect();
  const generation = await redis.hget(`${PREFIX}epoch`, 'gen');
  const [, runId] = /^run_id:(\w+)/m.exec(await redis.info('server')) ?? [];
  const counters = [];
  const begin = `${PREFIX}${generation}:counter:`;
  for (const key of await redis.keys(`${begin}*`)) {
    const [spent, reserved] = await redis.hmget(key, 'spent', 'reserved');
    counters.push({ name: key.slice(begin.length), spent: Number(spent), reserved: Number(reserved) });
  }
  const chains = await redis.smembers(`${PREFIX}chains`);
  const rows = mongoHost === undefined ? [] : await entries(mongoHost);
  console.log(JSON.stringify({ runId, counters, chains, rows }));
} finally {
  redis.disconnect();
}

async function entries(host: string): Promise<object[]> {
  const mongo = new MongoClient(`mongodb://${host}:27017/tollgate`, { serverSelectionTimeoutMS: 10_000 });
  try {
    const wanted = { projection: { chain: 1, seq: 1, text: 1, hash: 1, _id: 0 } };
    const rows = mongo
      .db()
      .collection('entries')
      .find({ at: { $gte: Number(since) } }, wanted);
    return await rows.toArray();
  } finally {
    await mongo.close();
  }
}
