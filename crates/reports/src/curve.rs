//! Numbers over time as a picture.

use chrono::{Days, NaiveDate};
use plotters::prelude::*;
use thiserror::Error;

/// The picture could not be drawn.
#[derive(Debug, Error)]
#[error("the curve cannot be drawn: {0}")]
pub struct ChartError(String);

/// One line of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// What it counts.
    pub name: &'static str,
    /// Its colour, red, green and blue.
    pub colour: (u8, u8, u8),
    /// Its numbers, one for each day of the curve.
    pub values: Vec<u32>,
}

/// Lines over the same days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curve {
    /// The days, in order, gaps allowed.
    pub days: Vec<NaiveDate>,
    /// The lines.
    pub series: Vec<Series>,
}

/// The lines as SVG, with its days below and the count at the side. The text that tells the same to those who cannot see
/// it belongs beside it.
///
/// # Errors
/// [`ChartError`] when there is no day, or the picture cannot be drawn.
pub fn svg(curve: &Curve) -> Result<String, ChartError> {
    let mut picture = String::new();
    draw(curve, &mut picture).map_err(|error| ChartError(error.to_string()))?;
    // The picture is described by the text beside it, so it is one image to who cannot see it.
    Ok(picture.replacen("<svg ", "<svg role=\"img\" aria-labelledby=\"kurve-tekst\" ", 1))
}

fn draw(curve: &Curve, into: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let (Some(first), Some(last)) = (curve.days.first().copied(), curve.days.last().copied()) else {
        return Err("there is no day in it".into());
    };
    // Days since the first: what lies between two days with numbers keeps its width.
    let place = |day: NaiveDate| i32::try_from(day.signed_duration_since(first).num_days()).unwrap_or(i32::MAX);
    let name = |place: &i32| {
        let day = u64::try_from(*place).ok().and_then(|days| first.checked_add_days(Days::new(days)));
        day.map(|day| day.format("%d.%m.").to_string()).unwrap_or_default()
    };
    let highest = curve.series.iter().flat_map(|series| &series.values).max().copied().unwrap_or(0).max(5);
    // The upper third is for the names of the lines.
    let room = highest.saturating_add(highest / 2).saturating_add(1);
    let root = SVGBackend::with_string(into, (760, 340)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .margin_right(28)
        .x_label_area_size(34)
        .y_label_area_size(46)
        .build_cartesian_2d(0..place(last).max(1), 0..room)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(8)
        .x_label_formatter(&name)
        .y_desc("antall")
        .label_style(("sans-serif", 14))
        .draw()?;
    for series in &curve.series {
        let colour = RGBColor(series.colour.0, series.colour.1, series.colour.2);
        let points = || curve.days.iter().map(|day| place(*day)).zip(series.values.iter().copied());
        chart
            .draw_series(LineSeries::new(points(), colour.stroke_width(2)))?
            .label(series.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(3)));
        chart.draw_series(points().map(|point| Circle::new(point, 2, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font(("sans-serif", 14))
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(values: &[u32]) -> Curve {
        let first = NaiveDate::from_ymd_opt(2026, 9, 1).unwrap();
        let days = first.iter_days().take(values.len()).collect();
        Curve { days, series: vec![Series { name: "Sendt", colour: (0, 0, 128), values: values.to_vec() }] }
    }

    #[test]
    fn any_numbers_make_a_picture_with_its_legend() {
        for values in [&[1][..], &[0, 0, 0], &[3, 9, 2], &[u32::MAX, 0]] {
            let picture = svg(&curve(values)).unwrap();
            assert!(picture.starts_with("<svg role=\"img\"") && picture.contains("Sendt"), "{values:?}");
        }
    }

    #[test]
    fn a_curve_without_days_is_no_picture() {
        svg(&curve(&[])).unwrap_err();
    }
}
