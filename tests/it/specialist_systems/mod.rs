//! Specialist systems at the real office: each way in over a store in memory and on disk.

mod fiks_arkiv;
mod folder;
mod geointegrasjon;
mod night;
mod recruitment;
mod rest;
mod world;
