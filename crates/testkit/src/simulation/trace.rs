/// What happened, as a number that differs when anything differs (I12), and as text when asked for.
#[derive(Debug)]
pub(super) struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    pub(super) const fn new(keep_lines: bool) -> Self {
        Self { hash: 0xCBF2_9CE4_8422_2325, lines: if keep_lines { Some(Vec::new()) } else { None } }
    }

    pub(super) fn note(&mut self, at: u64, node: usize, what: &'static str, detail: u64) {
        for word in [at, node as u64, detail] {
            self.mix(&word.to_le_bytes());
        }
        self.mix(what.as_bytes());
        if let Some(lines) = &mut self.lines {
            let (hours, minutes, seconds) = (at / 3_600_000, at / 60_000 % 60, at / 1000 % 60);
            let millis = at % 1000;
            lines.push(format!("{hours:02}:{minutes:02}:{seconds:02}.{millis:03} node {node} {what} {detail}"));
        }
    }

    pub(super) const fn hash(&self) -> u64 {
        self.hash
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }

    fn mix(&mut self, bytes: &[u8]) {
        // FNV-1a.
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}
