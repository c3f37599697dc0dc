// Made by `cargo xtask types` from src/contract and src/error.rs; do not edit.

/** Maximum size of a file in bytes, from the contract's limit of Base64 characters. */
export const MAX_FILE_BYTES = 41943039;

/** The signature levels: quality, legislation and methods of each. */
export const LEVELS = {
  SIMPLE: { quality: "SES", legislation: undefined, methods: ["CLICK"] },
  ADVANCED: { quality: "AES", legislation: "ZERTES", methods: ["APP", "SMS", "PASSKEY", "OSS"] },
  ADVANCED_EU: { quality: "AES", legislation: "EIDAS", methods: ["APP", "PASSKEY", "OSS"] },
  QUALIFIED: { quality: "QES", legislation: "ZERTES", methods: ["APP", "PASSKEY", "OSS"] },
  QUALIFIED_EU: { quality: "QES", legislation: "EIDAS", methods: ["APP", "PASSKEY", "OSS"] },
} as const;
