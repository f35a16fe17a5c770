/**
 * Container images as files, without a registry: OCI image layout (image-spec v1.1) in one tar, as `ctr images import`,
 * skopeo and Docker read it.
 *
 *   entries ── tar ──> layer ──> config (its diff id) ──> manifest ──> index.json (the image's name)
 *
 * The same files give the same bytes, and so the same digests, on every machine.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { type Entry, tar } from './tar.ts';

export interface Image {
  /** Whole name with a tag, such as localhost/tollgate/sidecar:0.1.0. */
  readonly name: string;
  /** As in GOARCH. */
  readonly architecture: string;
  /** From the lowest up. */
  readonly layers: readonly (readonly Entry[])[];
  /** What a container of it runs (image-spec, config.md). */
  readonly config: {
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly Env?: readonly string[];
    readonly User?: string;
    readonly WorkingDir?: string;
    readonly Labels?: Readonly<Record<string, string>>;
  };
}

const TYPE = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/**
 * Writes an archive with one image.
 *
 * @returns the digest of its manifest, by which `name@sha256:…` names it
 */
export function writeArchive(path: string, image: Image): string {
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, content: Buffer) => {
    const hex = createHash('sha256').update(content).digest('hex');
    blobs.set(hex, content);
    return { mediaType, digest: `sha256:${hex}`, size: content.length };
  };
  const layers = image.layers.map((entries) => add(TYPE.layer, Buffer.concat([...tar(entries)])));
  const config = json({
    architecture: image.architecture,
    os: 'linux',
    config: image.config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = add(
    TYPE.manifest,
    json({ schemaVersion: 2, mediaType: TYPE.manifest, config: add(TYPE.config, config), layers }),
  );
  const annotations = {
    'io.containerd.image.name': image.name,
    'org.opencontainers.image.ref.name': image.name.slice(image.name.lastIndexOf(':') + 1),
  };
  const index = { schemaVersion: 2, mediaType: TYPE.index, manifests: [{ ...manifest, annotations }] };
  const entries: Entry[] = [
    { kind: 'file', path: 'oci-layout', content: json({ imageLayoutVersion: '1.0.0' }) },
    { kind: 'file', path: 'index.json', content: json(index) },
    ...[...blobs].map(([hex, content]): Entry => ({ kind: 'file', path: `blobs/sha256/${hex}`, content })),
  ];
  const file = openSync(path, 'w');
  try {
    for (const piece of tar(entries)) for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
  } finally {
    closeSync(file);
  }
  return manifest.digest;
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
