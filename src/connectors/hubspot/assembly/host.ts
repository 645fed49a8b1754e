/** What ../contact-writer.ts does for this module beyond ../../assembly/host.ts, and like that. */

/** The name of a company, by its id. */
export declare function company(from: usize, end: usize, to: usize): usize
/** What follows the first email address, where it isn't plain. */
export declare function additional(email: usize, emailEnd: usize, from: usize, end: usize, to: usize): usize
