//! The simulators against what is known of the real services.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in tests a surprise ends the test")]

mod altinn_attachments;
mod altinn_definitions;
mod altinn_faults;
mod altinn_platform;
mod altinn_receiving;
mod altinn_rules;
mod altinn_sending;
mod altinn_support;
mod altinn_tokens;
mod definitions;
mod einnsyn;
mod faults;
mod letters;
mod maskinporten;
mod progress;
mod receiving;
mod served;
mod strictness;
mod support;
