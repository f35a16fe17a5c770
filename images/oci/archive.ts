/**
 * Container images as files, without a registry: OCI image layout (image-spec v1.1) in one tar, as `ctr images import`,
 * skopeo, crane and Docker read it.
 *
 *   entries ── tar ──> layer ──> config (its diff id) ──> manifest ──> index.json (the image's name)
 *                                                         manifest ──> index ──> index.json, for several architectures
 *
 * The same files give the same bytes, and so the same digests, on every machine: layers are not compressed, because no
 * two versions of a compressor have to agree.
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

export interface Written {
  /** Of what the name names, by which `name@sha256:…` does: the manifest, or the index of several. */
  readonly digest: string;
  readonly manifests: readonly { readonly architecture: string; readonly digest: string }[];
}

const TYPE = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/** Nothing of it may depend on when it was made. */
const CREATED = '1970-01-01T00:00:00Z';

type Add = (mediaType: string, content: Buffer) => Descriptor;

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/**
 * Writes an archive with one image, made for one architecture or for several.
 *
 * @param images  of one name, each of another architecture
 */
export function writeArchive(path: string, ...images: readonly [Image, ...Image[]]): Written {
  const name = images[0].name;
  const architectures = new Set(images.map(({ architecture }) => architecture));
  if (images.some((image) => image.name !== name) || architectures.size < images.length)
    throw new Error('an archive has one name, and one image for each architecture');
  const blobs = new Map<string, Buffer>();
  const add: Add = (mediaType, content) => {
    const hex = createHash('sha256').update(content).digest('hex');
    blobs.set(hex, content);
    return { mediaType, digest: `sha256:${hex}`, size: content.length };
  };
  const made = images.map((image) => addImage(image, add));
  const manifests = made.map(({ manifest }) => manifest);
  const [first] = manifests;
  const top =
    first !== undefined && manifests.length === 1
      ? first
      : add(TYPE.index, json({ schemaVersion: 2, mediaType: TYPE.index, manifests }));
  const annotations = {
    'io.containerd.image.name': name,
    'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1),
  };
  const index = { schemaVersion: 2, mediaType: TYPE.index, manifests: [{ ...top, annotations }] };
  const file = (of: string, content: Buffer): Entry => ({ kind: 'file', path: of, content });
  write(path, [
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', json(index)),
    // What `docker load` reads where Docker does not keep images in containerd; it knows one architecture.
    ...(made.length === 1 ? [file('manifest.json', json(made.map(({ docker }) => docker)))] : []),
    ...[...blobs].map(([hex, content]) => file(`blobs/sha256/${hex}`, content)),
  ]);
  return {
    digest: top.digest,
    manifests: manifests.map(({ digest, platform: { architecture } }) => ({ architecture, digest })),
  };
}

function addImage({ name, architecture, layers: of, config: runs }: Image, add: Add) {
  const layers = of.map((entries) => add(TYPE.layer, Buffer.concat([...tar(entries)])));
  const config = add(
    TYPE.config,
    json({
      created: CREATED,
      architecture,
      os: 'linux',
      config: runs,
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    }),
  );
  const manifest = add(TYPE.manifest, json({ schemaVersion: 2, mediaType: TYPE.manifest, config, layers }));
  const blob = ({ digest }: Descriptor) => `blobs/sha256/${digest.slice('sha256:'.length)}`;
  return {
    manifest: { ...manifest, platform: { architecture, os: 'linux' } },
    docker: { Config: blob(config), RepoTags: [name], Layers: layers.map(blob) },
  };
}

function write(path: string, entries: readonly Entry[]): void {
  const file = openSync(path, 'w');
  try {
    for (const piece of tar(entries)) for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
  } finally {
    closeSync(file);
  }
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
