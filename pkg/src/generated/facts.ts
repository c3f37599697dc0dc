// Made by `cargo xtask types` out of src/contract and src/error.rs; not to be edited.

/** Greatest size of a file in bytes: its Base64 must fit the contract's limit of characters. */
export const MAX_FILE_BYTES = 41943039;

/** The signature levels: quality, legislation, and the methods that exist at each. */
export const LEVELS = {
  SIMPLE: { quality: "SES", legislation: undefined, methods: ["CLICK"] },
  ADVANCED: { quality: "AES", legislation: "ZERTES", methods: ["APP", "SMS", "PASSKEY", "OSS"] },
  ADVANCED_EU: { quality: "AES", legislation: "EIDAS", methods: ["APP", "PASSKEY", "OSS"] },
  QUALIFIED: { quality: "QES", legislation: "ZERTES", methods: ["APP", "PASSKEY", "OSS"] },
  QUALIFIED_EU: { quality: "QES", legislation: "EIDAS", methods: ["APP", "PASSKEY", "OSS"] },
} as const;
