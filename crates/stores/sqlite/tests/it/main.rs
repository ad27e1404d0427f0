//! The store against its contract, and against what happens to disks and processes.

#[cfg(test)]
mod audit;
mod audit_keeping;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod log;
#[cfg(test)]
mod model;
#[cfg(test)]
mod records;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tenants;
