//! Our Altinn before a scripted other side.
