//! The Norwegian calendar: working days (arbeidsdager, virkedager), public holidays and local time (R9.4).

mod days;
mod oslo;

pub use days::{Calendar, Holiday, easter_sunday, holiday};
pub use oslo::{oslo_date, oslo_datetime, oslo_day_start};
