//! What the measures share: time, memory, medians, processes of their own, tables.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    str::FromStr,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

pub(crate) type Failed = Box<dyn std::error::Error>;

/// How much is measured, and where.
pub(crate) struct Setting {
    /// A first look instead of a measure to rely on.
    pub(crate) quick: bool,
    /// How many entries a log has that is searched, where another number than the usual one is wanted.
    pub(crate) entries: Option<u64>,
    folder: PathBuf,
}

impl Setting {
    /// From `SAKARKIV_BENCH_QUICK`, `SAKARKIV_BENCH_ENTRIES` and `SAKARKIV_BENCH_DIR`. The usual folder for temporary files may be memory, which would
    /// make every flush free; so the default is beside the build.
    pub(crate) fn from_environment() -> Result<Self, Failed> {
        let quick = env::var_os("SAKARKIV_BENCH_QUICK").is_some_and(|value| value != "0" && !value.is_empty());
        let folder =
            env::var_os("SAKARKIV_BENCH_DIR").map_or_else(|| env!("CARGO_TARGET_TMPDIR").into(), PathBuf::from);
        let entries = env::var("SAKARKIV_BENCH_ENTRIES").ok().map(|number| number.parse()).transpose()?;
        fs::create_dir_all(&folder)?;
        Ok(Self { quick, entries, folder })
    }

    /// A new folder on the disk that is measured, gone when dropped.
    pub(crate) fn new_folder(&self) -> io::Result<TempDir> {
        tempfile::Builder::new().prefix("sakarkiv-bench-").tempdir_in(&self.folder)
    }
}

/// One line of the last table.
pub(crate) struct Ratio {
    pub(crate) work: &'static str,
    pub(crate) ours: String,
    pub(crate) theirs: String,
    /// Ours divided by theirs, so that more is better.
    pub(crate) ratio: Option<f64>,
    pub(crate) aim: &'static str,
    /// Whether the aim was reached; nothing where there is none.
    pub(crate) reached: Option<bool>,
}

pub(crate) fn print_machine(setting: &Setting) {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let folder = setting.folder.display();
    let disk = mount(&setting.folder).map_or_else(String::new, |disk| format!(" ({disk})"));
    let extent = if setting.quick { "quick" } else { "full" };
    println!("machine: {cores} cores, {}, {}, disk {folder}{disk}; {extent}", env::consts::OS, env::consts::ARCH);
}

/// Device and file system of the longest mount point above a path, where the system tells.
fn mount(path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let lines = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (device, point, kind) = (words.next()?, words.next()?, words.next()?);
        path.starts_with(point).then(|| (point.len(), format!("{device}, {kind}")))
    });
    lines.max().map(|(_, disk)| disk)
}

pub(crate) fn print_ratios(ratios: &[Ratio]) {
    println!("\n{:<34} {:>22} {:>34} {:>8}  {:<24}", "ratios", "ours", "compared with", "ratio", "aim");
    for Ratio { work, ours, theirs, ratio, aim, reached } in ratios {
        let ratio = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        let verdict = match reached {
            Some(true) => "reached",
            Some(false) => "MISSED",
            None => "",
        };
        println!("{work:<34} {ours:>22} {theirs:>34} {ratio:>8}  {aim:<24} {verdict}");
    }
}

/// A head line before a measure's own lines.
pub(crate) fn head(text: &str) {
    println!("\n{text}");
}

/// The moment, for measuring how long something takes.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The middle value; the mean of the two in the middle where there are two.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let (low, high) = (values.get(values.len().saturating_sub(1) / 2), values.get(half));
    (low.copied().unwrap_or(f64::NAN) + high.copied().unwrap_or(f64::NAN)) / 2.0
}

/// The most memory that this process has had at once, in bytes; nothing where the system does not tell.
pub(crate) fn peak_memory() -> Option<u64> {
    peak_of("self")
}

fn peak_of(process: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Processor time of this process so far, all threads; nothing where the system does not tell.
pub(crate) fn processor_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name, in brackets, may have blanks. After it, the 12th and 13th fields count hundredths of a second.
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let (user, system) = (fields.next()?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?);
    Some(Duration::from_millis((user + system) * 10))
}

/// Bytes that this process has had written to disks; nothing where the system does not tell.
pub(crate) fn written_bytes() -> Option<u64> {
    let counts = fs::read_to_string("/proc/self/io").ok()?;
    counts.lines().find_map(|line| line.strip_prefix("write_bytes: "))?.parse().ok()
}

pub(crate) fn megabytes(bytes: Option<f64>) -> String {
    bytes.map_or_else(|| "n/a".to_owned(), |bytes| format!("{:.1} MB", bytes / 1e6))
}

/// The words of a part's process, if this is one.
pub(crate) fn part<'a>(words: &'a [&'a str]) -> Option<&'a [&'a str]> {
    words.strip_prefix(&[PART])
}

/// What a part measured, sent from its process as lines of `name=value`.
pub(crate) struct Report(BTreeMap<String, String>);

impl Report {
    /// Runs a part in a process of its own.
    pub(crate) fn of_part(words: &[&str]) -> Result<Self, Failed> {
        let mut command = Command::new(env::current_exe()?);
        let output = command.arg(PART).args(words).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("{words:?} ended with {}", output.status).into());
        }
        let text = String::from_utf8(output.stdout)?;
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        Ok(Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    }

    /// A value, if the part could tell it.
    pub(crate) fn get<T: FromStr>(&self, name: &str) -> Option<T> {
        self.0.get(name)?.parse().ok()
    }

    pub(crate) fn number(&self, name: &str) -> Result<f64, Failed> {
        self.get(name).ok_or_else(|| format!("a part did not tell `{name}`").into())
    }
}

/// Sends a value from a part's process; nothing when the system does not tell it.
pub(crate) fn tell(name: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        println!("{name}={}", value.to_string());
    }
}

/// Runs another program to its end and gives the time it took and the most memory it had, as far as can be seen by looking
/// at it every now and then.
pub(crate) fn run(command: &mut Command) -> Result<(Duration, Option<u64>), Failed> {
    let start = now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let (id, done) = (child.id().to_string(), std::sync::atomic::AtomicBool::new(false));
    let (took, peak) = thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut peak = None;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                peak = peak_of(&id).max(peak);
                nap();
            }
            peak
        });
        let took = wait(&mut child).map(|()| start.elapsed());
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        (took, watcher.join().unwrap_or_default())
    });
    Ok((took?, peak))
}

fn wait(child: &mut Child) -> Result<(), String> {
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("the program ended with {status}")),
        Err(error) => Err(error.to_string()),
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark watches a real process")]
fn nap() {
    thread::sleep(Duration::from_millis(2));
}

/// Bytes that no disk can compress, the same for the same seed (SplitMix64).
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(word ^ (word >> 31)).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

const PART: &str = "--part";
