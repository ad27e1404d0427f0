//! Our Altinn before the simulator of Altinn 3, with Maskinporten and the exchange of tokens in between.

mod channel;
mod confidentiality;
mod coverage;
mod inbox;
mod interface;
mod office;
mod refusals;
pub(crate) mod world;
