//! GeoIntegrasjon (GI-arkiv) for sakarkiv: a SOAP façade to mount before the office.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
