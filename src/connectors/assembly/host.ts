/** What the JavaScript around it does for a module: ../contact-writer.ts. Places are addresses in memory; an end is the place behind. */

/** Never returns: throws. @param kind 0 where there is no JSON, 1 where it is of another make */
export declare function fail(kind: i32, at: usize): void
/** Writes a string's text over the string, without escapes. @returns its new end */
export declare function decode(from: usize, end: usize): usize
/** The same as JSON still, and without space around it. */
export declare function trim(from: usize, end: usize): usize
/** Makes memory reach to a place. */
export declare function reserve(upTo: usize): void

// These write at `to`, and make room for what they write. They return where it ends: `to` where there is nothing to write.

/** A phone number, read with a country's name or code. */
export declare function phone(from: usize, end: usize, country: usize, countryEnd: usize, to: usize): usize
/** A link that a browser may follow, where it isn't plain. */
export declare function url(from: usize, end: usize, to: usize): usize
