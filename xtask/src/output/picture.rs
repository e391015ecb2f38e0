//! Pictures for reports: a page that needs nothing else, and lanes along a line of time. SVG by
//! hand, for which nobody needs another crate; whatever is written goes through [`escaped`].

use std::fmt::Write as _;
use std::time::Duration;

/// How wide a picture is: it fits a screen of 1280 pixels.
pub(crate) const WIDTH: usize = 1200;

/// The names of lanes stand left of here.
const MARGIN: usize = 230;
const LANE: usize = 30;
const BAR: usize = 20;
/// Letters of 13 pixels are so wide at most, on average.
const LETTER: usize = 8;
/// What is shorter is drawn so wide.
const NARROWEST: f64 = 3.0;
/// Wished for, between two marks of the axis.
const BETWEEN_MARKS: f64 = 110.0;

/// Of letters; and of those that matter less.
pub(crate) const INK: &str = "#1f2328";
pub(crate) const PALE: &str = "#59636e";
const LINE: &str = "#d1d9e0";

/// A lane of bars.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) bars: Vec<Bar>,
}

/// Something that lasts.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) begin: Duration,
    pub(crate) end: Duration,
    pub(crate) fill: &'static str,
    /// Within the bar, as far as it fits.
    pub(crate) text: String,
    /// Shown when it is pointed at.
    pub(crate) title: String,
}

/// What a colour means.
pub(crate) type Key = (&'static str, &'static str);

/// Text as it may stand in HTML and SVG, in attributes too.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // No document of XML may hold them.
            '\n' | '\t' => safe.push(letter),
            letter if letter.is_control() => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}

/// The text, or so much of it as fits, with `…`.
pub(crate) fn cut(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A whole page: one file without scripts, that loads nothing.
pub(crate) fn page(title: &str, body: &str) -> String {
    let (title, style) = (escaped(title), include_str!("picture/page.css"));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>\n{style}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
    )
}

/// Colours and their meanings, in a line of text.
pub(crate) fn legend(keys: &[Key]) -> String {
    let mut line = "<p class=\"legend\">".to_owned();
    for (fill, meaning) in keys {
        let _ = write!(
            line,
            "<span><i style=\"background:{fill}\"></i>{}</span> ",
            escaped(meaning)
        );
    }
    line + "</p>\n"
}

/// Lanes below each other along a line of time, from 0 to the end of the last bar.
pub(crate) fn timeline(label: &str, lanes: &[Lane]) -> String {
    let bars = || lanes.iter().flat_map(|lane| &lane.bars);
    let end = bars().map(|bar| bar.end).max().unwrap_or_default();
    let scale = Scale::of(end);
    let bottom = lanes.len() * LANE + 8;
    let height = bottom + 26;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{}\" \
         width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"system-ui, 'DejaVu Sans', sans-serif\" font-size=\"13\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escaped(label)
    );
    svg += &axis(&scale, bottom);
    for (index, lane) in lanes.iter().enumerate() {
        svg += &drawn(lane, index * LANE + 4, &scale);
    }
    svg + "</svg>\n"
}

/// Time to pixels.
struct Scale {
    end: f64,
    step: f64,
}

impl Scale {
    fn of(end: Duration) -> Self {
        let end = end.as_secs_f64().max(1e-6);
        let wished = end * BETWEEN_MARKS / width();
        let power = 10_f64.powf(wished.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
        let step = steps
            .into_iter()
            .find(|step| *step >= wished)
            .unwrap_or(10.0 * power);
        Self { end, step }
    }

    fn place(&self, seconds: f64) -> f64 {
        pixels(MARGIN) + seconds / self.end * width()
    }
}

fn width() -> f64 {
    // Room for half of the last mark.
    pixels(WIDTH - MARGIN - 40)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a screen has fewer pixels than a double has digits"
)]
fn pixels(count: usize) -> f64 {
    count as f64
}

fn axis(scale: &Scale, bottom: usize) -> String {
    let mut lines = String::new();
    let mut mark = 0.0;
    while mark <= scale.end * 1.0001 {
        let (x, text) = (scale.place(mark), time(mark));
        let _ = writeln!(
            lines,
            "<line x1=\"{x:.1}\" y1=\"0\" x2=\"{x:.1}\" y2=\"{bottom}\" stroke=\"{LINE}\"/>\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"{PALE}\" font-size=\"12\">{text}</text>",
            bottom + 18
        );
        mark += scale.step;
    }
    lines
}

/// With its unit, and no digits that say nothing.
pub(crate) fn time(seconds: f64) -> String {
    let (value, unit) = match seconds {
        0.0 => return "0".to_owned(),
        seconds if seconds < 1e-3 => (seconds * 1e6, "µs"),
        seconds if seconds < 1.0 => (seconds * 1e3, "ms"),
        seconds if seconds < 120.0 => (seconds, "s"),
        seconds => (seconds / 60.0, "min"),
    };
    let digits = usize::from(value < 10.0) + usize::from(value < 1.0);
    let text = format!("{value:.digits$}");
    let short = if digits > 0 {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{short} {unit}")
}

fn drawn(lane: &Lane, top: usize, scale: &Scale) -> String {
    let base = top + 15;
    let mut svg = format!(
        "<g><title>{}</title><text x=\"{}\" y=\"{base}\" text-anchor=\"end\" fill=\"{INK}\">{}</text></g>\n",
        escaped(&lane.name),
        MARGIN - 12,
        escaped(&cut(&lane.name, (MARGIN - 20) / LETTER))
    );
    for Bar {
        begin,
        end,
        fill,
        text,
        title,
    } in &lane.bars
    {
        let x = scale.place(begin.as_secs_f64());
        let wide = (scale.place(end.as_secs_f64()) - x).max(NARROWEST);
        let _ = write!(
            svg,
            "<g><title>{}</title><rect x=\"{x:.1}\" y=\"{top}\" width=\"{wide:.1}\" height=\"{BAR}\" \
             rx=\"2\" fill=\"{fill}\" stroke=\"#ffffff\"/>",
            escaped(title)
        );
        let letters = letters(wide - 10.0);
        if letters >= 4 {
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{}\" fill=\"{}\" font-size=\"12\">{}</text>",
                x + 5.0,
                top + 14,
                ink_on(fill),
                escaped(&cut(text, letters))
            );
        }
        svg += "</g>\n";
    }
    svg
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most a screen"
)]
fn letters(room: f64) -> usize {
    (room.max(0.0) / 7.0) as usize
}

/// Dark or light, whichever can be read (the lightness of the colour, as `YIQ` weighs it).
fn ink_on(fill: &str) -> &'static str {
    let part = |at: usize| {
        fill.get(at..at + 2)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .unwrap_or(255)
    };
    let light = (part(1) * 299 + part(3) * 587 + part(5) * 114) / 1000;
    if light > 140 { INK } else { "#ffffff" }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Bar, Lane, cut, escaped, ink_on, page, time, timeline};

    #[test]
    fn nothing_escapes() {
        assert_eq!(
            escaped("<b a='\"'>&\u{1}"),
            "&lt;b a=&#39;&quot;&#39;&gt;&amp;\u{fffd}"
        );
        let bar = Bar {
            begin: Duration::ZERO,
            end: Duration::from_millis(5),
            fill: "#000000",
            text: "</svg><script>".to_owned(),
            title: "a\"<".to_owned(),
        };
        let svg = timeline(
            "<x>",
            &[Lane {
                name: "\"><script>".to_owned(),
                bars: vec![bar],
            }],
        );
        let html = page("</title><script>", &svg);
        assert!(!html.contains("<script"), "{html}");
        assert!(
            !html.contains("http://") || html.matches("http://").count() == 1,
            "{html}"
        );
    }

    #[test]
    fn lengths_have_units() {
        let texts = [0.0, 0.000_02, 0.0005, 0.01, 0.0025, 1.5, 20.0, 600.0].map(time);
        assert_eq!(
            texts,
            [
                "0", "20 µs", "500 µs", "10 ms", "2.5 ms", "1.5 s", "20 s", "10 min"
            ]
        );
        assert_eq!(cut("a long name", 6), "a lon…");
        assert_eq!(
            [ink_on("#ffffff"), ink_on("#a40e26")],
            ["#1f2328", "#ffffff"]
        );
    }
}
