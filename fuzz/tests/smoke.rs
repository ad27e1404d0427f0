//! The short form of fuzzing: each target takes its seeds and some thousand changed seeds, the same at each run.

use sakarkiv_fuzz::{TARGETS, Target};

/// Changed seeds for each target. Those that open messages cost a private-key operation each.
fn rounds(name: &str) -> usize {
    match name {
        "names" | "identity" => 20_000,
        _ => 2_000,
    }
}

fn try_out(name: &str) {
    let Target { run, seeds, .. } = TARGETS.into_iter().find(|target| target.name == name).expect("a target");
    let seeds = seeds();
    seeds.iter().for_each(|seed| run(seed));
    let mut random = Random(0x5a4b_4956);
    for _ in 0..rounds(name) {
        let seed = &seeds[random.below(seeds.len())];
        let other = &seeds[random.below(seeds.len())];
        run(&changed(seed, other, &mut random));
    }
}

/// The seed after one to eight changes.
fn changed(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut data = seed.to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(data.len() + 1);
        match random.below(7) {
            0 => data.iter_mut().skip(at).take(1).for_each(|byte| *byte = random.next().to_le_bytes()[0]),
            1 => data.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.below(8)),
            2 => data.insert(at, INTERESTING[random.below(INTERESTING.len())]),
            3 => data.truncate(at),
            4 => {
                let end = (at + random.below(16)).min(data.len());
                data.drain(at..end);
            }
            5 => {
                let end = (at + random.below(16)).min(data.len());
                let piece = data[at..end].to_vec();
                data.splice(at..at, piece);
            }
            _ => {
                let from = random.below(other.len() + 1);
                let to = (from + random.below(32)).min(other.len());
                data.splice(at..at, other[from..to].iter().copied());
            }
        }
    }
    data
}

/// Bytes that mean something to one or another reader.
const INTERESTING: &[u8] = b"\x00\x30\x80\x84\xff\x7f\x24\x04[]{}\",:0-9eE.\\/\n \xc3\xcc\x8a";

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or_default()
    }
}

macro_rules! targets {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            try_out(stringify!($name));
        })*

        #[test]
        fn every_target_is_tried() {
            let names = [$(stringify!($name)),*];
            assert!(TARGETS.iter().all(|target| names.contains(&target.name)) && TARGETS.len() == names.len());
        }
    };
}

targets!(
    cms,
    cms_edited,
    key_file,
    names,
    identity,
    svarinn_list,
    svarinn_content,
    svarut_answer,
    einnsyn_answer,
    einnsyn_order,
    maskinporten_answer,
    altinn_answer,
    altinn_token,
    audit_export,
    audit_note,
    jobs_answer,
    recruitment_delivery,
    xml,
    fiks_message,
    geo_call,
    manifest,
    acos_form,
    mail,
    sheet,
    form_tables
);
