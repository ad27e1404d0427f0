//! JobbNorge for sakarkiv: recruitment cases, from the vacancy to the offer.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
