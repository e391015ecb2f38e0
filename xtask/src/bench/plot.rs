//! The measurements as bars: SVG by hand, for which nobody needs another crate.

use super::measurement::{Measurement, digits};
use super::program::Program;
use super::results::Measured;
use super::subject::Subject;
use std::fmt::Write as _;

/// What is drawn, by the start of its name, where it was measured.
const SHOWN: [&str; 8] = [
    "cold debug build",
    "debug rebuild",
    "release rebuild",
    "stripped release binary",
    "nothing pending, 1000",
    "first run, 1000",
    "first run, 100 migrations, 20 ms",
    "its peak memory, 1000",
];

const WIDTH: usize = 420;
const BAR: usize = 18;
const LABEL: usize = 150;
const LONGEST: usize = 190;

/// The picture; panels in two columns.
pub(super) fn svg(all: &[Measured]) -> String {
    let measurements = all.iter().flat_map(|measured| &measured.measurements);
    let measurements: Vec<&Measurement> = measurements.collect();
    let shown = SHOWN.iter().filter_map(|name| {
        measurements
            .iter()
            .find(|measurement| measurement.name.starts_with(name))
    });
    let mut panels = String::new();
    let mut heights = [10, 10];
    for (index, measurement) in shown.enumerate() {
        let column = index % 2;
        panels += &panel(measurement, column * WIDTH + 10, heights[column]);
        heights[column] += 50 + measurement.samples.len() * BAR;
        if column == 1 {
            heights = [heights[0].max(heights[1]); 2];
        }
    }
    let height = heights[0].max(heights[1]);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{panels}</svg>\n",
        width = 2 * WIDTH + 10
    )
}

/// One measurement: a line for its name, a bar a subject.
fn panel(measurement: &Measurement, left: usize, top: usize) -> String {
    let bars: Vec<(Subject, f64)> = measurement
        .samples
        .iter()
        .filter_map(|(subject, _)| Some((*subject, measurement.median(*subject)?)))
        .collect();
    let greatest = bars
        .iter()
        .map(|(_, median)| *median)
        .fold(f64::MIN_POSITIVE, f64::max);
    let unit = if measurement.unit.is_empty() {
        String::new()
    } else {
        format!(", {}", measurement.unit)
    };
    let mut text = format!(
        "<text x=\"{left}\" y=\"{}\" font-weight=\"bold\" fill=\"#1f2328\">{}{unit}</text>\n",
        top + 16,
        escaped(&measurement.name)
    );
    for (index, (subject, median)) in bars.iter().enumerate() {
        let y = top + 26 + index * BAR;
        #[expect(clippy::cast_precision_loss, reason = "a width of some hundred points")]
        let length = (median / greatest * LONGEST as f64).max(1.0);
        let colour = match subject.program() {
            Program::Pgstrata => "#0f766e",
            Program::Floor => "#9ca3af",
            _ => "#c2843c",
        };
        let (bar, line) = (left + LABEL, y + BAR - 6);
        let _ = write!(
            text,
            "<text x=\"{}\" y=\"{line}\" text-anchor=\"end\" fill=\"#1f2328\">{}</text>\n\
             <rect x=\"{bar}\" y=\"{y}\" width=\"{length:.1}\" height=\"{}\" fill=\"{colour}\"/>\n\
             <text x=\"{:.1}\" y=\"{line}\" fill=\"#1f2328\">{}</text>\n",
            bar - 6,
            escaped(subject.label()),
            BAR - 4,
            f64::from(u32::try_from(bar).unwrap_or(0)) + length + 6.0,
            digits(*median)
        );
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::super::case::Case;
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_numbers() {
        let measurement = Measurement {
            name: "cold debug build <of 100>".to_owned(),
            unit: "CPU s".to_owned(),
            samples: vec![(Subject::Floor, vec![30.0]), (Subject::Sqlx, vec![60.0])],
        };
        let measured = Measured {
            case: Case::ColdBuild,
            circumstances: String::new(),
            measurements: vec![measurement],
        };
        let picture = svg(&[measured]);
        assert!(picture.contains("width=\"95.0\""), "{picture}");
        assert!(picture.contains("width=\"190.0\""), "{picture}");
        assert!(
            picture.contains("cold debug build &lt;of 100>, CPU s"),
            "{picture}"
        );
        let opened = picture.matches("<text").count();
        assert_eq!(opened, picture.matches("</text>").count());
        assert_eq!(opened, 5);
    }
}
