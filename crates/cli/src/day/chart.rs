//! The day's curve as SVG.

use plotters::prelude::*;
use thiserror::Error;

use super::figures::{Curve, SLOTS};

/// The picture could not be drawn.
#[derive(Debug, Error)]
#[error("the day's curve cannot be drawn: {0}")]
pub(crate) struct ChartError(String);

/// Three lines over the first day: what SvarUt took, what came in by SvarInn, what failed.
pub(crate) fn svg(curve: &Curve) -> Result<String, ChartError> {
    let mut picture = String::new();
    draw(curve, &mut picture).map_err(|error| ChartError(error.to_string()))?;
    Ok(picture)
}

fn draw(curve: &Curve, into: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let series = [
        ("SvarUt: taken over", &curve.out, RGBColor(0x1f, 0x5f, 0x9e)),
        ("SvarInn: registered", &curve.received, RGBColor(0x2e, 0x7d, 0x32)),
        ("Failed or set aside", &curve.failed, RGBColor(0xb7, 0x1c, 0x1c)),
    ];
    let highest = series.iter().flat_map(|(_, values, _)| values.iter()).max().copied().unwrap_or(0).max(5);
    let root = SVGBackend::with_string(into, (900, 320)).into_drawing_area();
    root.fill(&WHITE)?;
    let hours = 6.0..(6.0 + SLOTS as f64 / 2.0);
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .x_label_area_size(34)
        .y_label_area_size(42)
        .build_cartesian_2d(hours, 0..highest + highest / 10 + 1)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(15)
        .x_label_formatter(&|hour| format!("{hour:02.0}:00"))
        .x_desc("time of day")
        .y_desc("items in half an hour")
        .draw()?;
    for (name, values, colour) in series {
        let points = values.iter().enumerate().map(|(slot, value)| (6.25 + slot as f64 / 2.0, *value));
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.3)).draw()?;
    root.present()?;
    Ok(())
}
