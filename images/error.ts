/** Why there is no image, in a sentence for people that says what to do; anything else that is thrown is a fault of ours. */
export class ImageError extends Error {}
