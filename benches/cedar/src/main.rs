//! Decisions per second of the library and of Cedar, on the same requests, with the same answers. `README.md` says what is
//! alike and what is not.

mod measure;

use std::hint::black_box;

use cedar_policy::Request;
use measure::{Latencies, Line, head, quick, thread_time};
use sakarkiv_cedar::{
    Failed,
    access::{Action, Facts, Object, Outcome, Rule, Subject, View, decide},
    judge::{Asked, Judge, context, places},
    world::{Asking, Size, World},
};

const LEAST_RATE: f64 = 5e6;
const MOST_NANOSECONDS: f64 = 1_000.0;
const MOST_FILTER_MS: f64 = 50.0;
/// The users whose lists are filtered: six employees, one of them an archivist, a consultant and a service user.
const READERS: [usize; 8] = [0, 7, 111, 222, 333, 444, 96, 99];

fn main() -> Result<(), Failed> {
    // How many rounds, how many of the requests Cedar gets in each, and how many cases it filters for each user.
    let (rounds, sample, filtered) = if quick() { (3, 4_000, 500) } else { (5, 20_000, 2_000) };
    let (world, took) = measure::wall_time(|| World::new(Size::FULL));
    let bench = Bench { world: world?, judge: Judge::new()?, rounds };
    println!(
        "{} users, {} cases, {} records, {} grants, {} requests; made in {:.1} s",
        bench.world.subjects.len(),
        bench.world.cases,
        bench.world.objects.len(),
        bench.world.grants,
        bench.world.requests.len(),
        took.as_secs_f64()
    );
    bench.tell_rules();
    bench.check_answers(if quick() { sample } else { bench.world.requests.len() })?;
    let mut lines = bench.decisions(sample)?;
    lines.extend(bench.latencies(sample)?);
    lines.push(bench.lists(filtered)?);
    bench.tell_compiling()?;
    measure::print(&lines);
    Ok(())
}

struct Bench {
    world: World,
    judge: Judge,
    rounds: usize,
}

impl Bench {
    fn parts(&self, asking: &Asking) -> Option<(&Subject, &Object)> {
        Some((self.world.subjects.get(asking.subject)?, self.world.objects.get(asking.object)?))
    }

    fn first(&self, many: usize) -> impl Iterator<Item = (&Subject, Action, &Object)> {
        let asked = self.world.requests.iter().take(many);
        asked.filter_map(|asking| self.parts(asking).map(|(subject, object)| (subject, asking.action, object)))
    }

    fn all(&self) -> impl Iterator<Item = (&Subject, Action, &Object)> {
        self.first(usize::MAX)
    }

    /// How often each rule settles a request.
    fn tell_rules(&self) {
        let settled: Vec<&str> = self.all().map(|(who, action, what)| decide(who, action, what).rule()).collect();
        let share = |of: usize| 100.0 * of as f64 / settled.len() as f64;
        let allowed = self.all().filter(|(who, action, what)| allows(who, *action, what)).count();
        let shares = Rule::ALL.into_iter().filter_map(|rule| {
            let times = settled.iter().filter(|code| **code == rule.code()).count();
            (times > 0).then(|| format!("{} {:.1}", rule.code(), share(times)))
        });
        head(&format!("{:.1} % allowed; settled by, in %: {}", share(allowed), shares.collect::<Vec<_>>().join(", ")));
    }

    /// Cedar and the library must say the same, whatever they are measured by.
    fn check_answers(&self, many: usize) -> Result<(), Failed> {
        let mut differing = 0_usize;
        for (subject, action, object) in self.first(many) {
            let request = self.request(asked(action), &subject.facts(object))?;
            differing += usize::from(self.judge.allows(&request) != allows(subject, action, object));
        }
        head(&format!("{many} requests asked of both: {differing} answers differ"));
        if differing == 0 { Ok(()) } else { Err("Cedar and the library differ; nothing is measured".into()) }
    }

    fn request(&self, asked: Asked, facts: &Facts) -> Result<Request, Failed> {
        self.judge.unchecked_request(asked, context(&places(facts))?)
    }

    fn decisions(&self, sample: usize) -> Result<Vec<Line>, Failed> {
        let prepared: Vec<(Facts, Action)> = self.all().map(|(who, action, what)| (who.facts(what), action)).collect();
        let requests = self.prepared(sample)?;
        let (mut decides, mut sees, mut scattered, mut rules) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut cedar_whole, mut cedar_alone) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            decides.push(1.0 / self.seconds_by_user(allows)?);
            sees.push(1.0 / self.seconds_by_user(|who, _, what| who.sees(what) == View::Full)?);
            scattered.push(rate(|| self.all().map(|(who, action, what)| u64::from(allows(who, action, what))).sum()));
            rules.push(rate(|| prepared.iter().map(|(facts, action)| u64::from(rules_allow(facts, *action))).sum()));
            cedar_whole.push(rate_of(sample, || {
                for (subject, action, object) in self.first(sample) {
                    let request = self.request(asked(action), &subject.facts(object))?;
                    black_box(self.judge.allows(&request));
                }
                Ok(())
            })?);
            cedar_alone.push(rate_of(requests.len(), || {
                requests.iter().for_each(|request| {
                    black_box(self.judge.allows(request));
                });
                Ok(())
            })?);
        }
        let all = self.world.requests.len() as f64;
        let [decides, sees, scattered, rules] = [decides, sees, scattered, rules].map(|rates| scaled(&rates, all));
        Ok(vec![
            Line::rates("decide, user by user", &decides, &cedar_whole, Some(LEAST_RATE)),
            Line::rates("sees, user by user", &sees, &cedar_whole, Some(LEAST_RATE)),
            Line::rates("decide, records all over memory", &scattered, &cedar_whole, None),
            Line::rates("the rules alone, facts at hand", &rules, &cedar_alone, Some(LEAST_RATE)),
        ])
    }

    fn prepared(&self, sample: usize) -> Result<Vec<Request>, Failed> {
        let request =
            |(subject, action, object): (&Subject, _, &Object)| self.request(asked(action), &subject.facts(object));
        self.first(sample).map(request).collect()
    }

    /// Each user in turn: their rights compiled and their records copied, as when both were just read from the store; then
    /// `work` with them.
    fn by_user(&self, mut work: impl FnMut(&Subject, &[(Action, Object)])) -> Result<(), Failed> {
        for (user, requests) in self.requests_by_user().iter().enumerate() {
            let subject = self.world.register.subject(user)?;
            let object = |asking: &&Asking| Some((asking.action, self.world.objects.get(asking.object)?.clone()));
            let records: Vec<(Action, Object)> = requests.iter().filter_map(object).collect();
            work(&subject, &records);
        }
        Ok(())
    }

    fn requests_by_user(&self) -> Vec<Vec<&Asking>> {
        let mut by_user = vec![Vec::new(); self.world.subjects.len()];
        for asking in &self.world.requests {
            if let Some(requests) = by_user.get_mut(asking.subject) {
                requests.push(asking);
            }
        }
        by_user
    }

    /// The processor seconds of an answer to every request, user by user.
    fn seconds_by_user(&self, answer: impl Fn(&Subject, Action, &Object) -> bool) -> Result<f64, Failed> {
        let mut seconds = 0.0;
        self.by_user(|subject, records| {
            let allowed = |(action, object): &&(Action, Object)| answer(subject, *action, object);
            let (count, took) = thread_time(|| records.iter().filter(allowed).count());
            black_box(count);
            seconds += took;
        })?;
        Ok(seconds)
    }

    /// Each decision by the clock on the wall.
    fn latencies(&self, sample: usize) -> Result<Vec<Line>, Failed> {
        let (mut ours, mut cedar) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            let mut times = Latencies::default();
            self.by_user(|subject, records| {
                for (action, object) in records {
                    times.time(|| black_box(allows(subject, *action, object)));
                }
            })?;
            ours.push(times.ended());
            let mut times = Latencies::default();
            for (subject, action, object) in self.first(sample) {
                let request = times.time(|| {
                    let request = self.request(asked(action), &subject.facts(object))?;
                    Ok::<_, Failed>(self.judge.allows(&request))
                });
                black_box(request?);
            }
            cedar.push(times.ended());
        }
        let line = |work, part: fn(&(f64, f64)) -> f64, aim| {
            Line::nanoseconds(
                work,
                &ours.iter().map(part).collect::<Vec<_>>(),
                &cedar.iter().map(part).collect::<Vec<_>>(),
                aim,
            )
        };
        Ok(vec![
            line("decide, latency p50", |(half, _)| *half, None),
            line("decide, latency p99", |(_, most)| *most, Some(MOST_NANOSECONDS)),
        ])
    }

    /// All cases filtered for one user; Cedar filters some and the time is scaled. Both must keep the same.
    fn lists(&self, many: usize) -> Result<Line, Failed> {
        let cases = self.world.objects.get(..self.world.cases).ok_or("no cases")?;
        let readers: Vec<&Subject> = READERS.iter().filter_map(|user| self.world.subjects.get(*user)).collect();
        let (mut ours, mut cedar) = (Vec::new(), Vec::new());
        let mut slowest = 0.0_f64;
        for round in 0..self.rounds {
            let (mut our_time, mut cedar_time) = (0.0, 0.0);
            for reader in &readers {
                let seen = |some: &[Object]| some.iter().filter(|case| reader.sees(case) != View::None).count();
                let (kept, took) = thread_time(|| seen(cases));
                our_time += took;
                slowest = slowest.max(took);
                if round == 0 {
                    println!("  {:<6} {kept:>7} of {} cases in {:>6.2} ms", reader.id(), cases.len(), took * 1e3);
                }
                let some = cases.get(..many.min(cases.len())).unwrap_or(cases);
                let (theirs, took) = thread_time(|| self.filtered_by_cedar(reader, some));
                cedar_time += took * cases.len() as f64 / some.len() as f64;
                if theirs? != seen(some) {
                    return Err("Cedar keeps other cases than the library".into());
                }
            }
            let users = readers.len() as f64;
            ours.push(our_time / users * 1e3);
            cedar.push(cedar_time / users * 1e3);
        }
        println!("  the slowest of all rounds and users: {:.2} ms", slowest * 1e3);
        Ok(Line::milliseconds("100,000 cases filtered for a user", &ours, &cedar, MOST_FILTER_MS))
    }

    fn filtered_by_cedar(&self, reader: &Subject, cases: &[Object]) -> Result<usize, Failed> {
        let mut kept = 0;
        for case in cases {
            kept += usize::from(self.judge.allows(&self.request(Asked::See, &reader.facts(case))?));
        }
        Ok(kept)
    }

    /// What it costs to compile a user's rights, once for each call of theirs.
    fn tell_compiling(&self) -> Result<(), Failed> {
        let users = self.world.subjects.len();
        let (done, took) = thread_time(|| {
            (0..users).try_for_each(|n| {
                self.world.register.subject(n).map(|subject| {
                    black_box(subject);
                })
            })
        });
        done?;
        let grants = self.world.grants / users;
        head(&format!("a subject with {grants} grants is compiled in {:.1} us", took * 1e6 / users as f64));
        Ok(())
    }
}

fn allows(subject: &Subject, action: Action, object: &Object) -> bool {
    decide(subject, action, object).outcome == Outcome::Allowed
}

fn rules_allow(facts: &Facts, action: Action) -> bool {
    let ruling = facts.rule();
    match action {
        Action::Read => ruling.view == View::Full,
        Action::Write => ruling.write.is_some(),
    }
}

const fn asked(action: Action) -> Asked {
    match action {
        Action::Read => Asked::Read,
        Action::Write => Asked::Write,
    }
}

/// Times a second.
fn rate(work: impl FnOnce() -> u64) -> f64 {
    let (sum, took) = thread_time(work);
    black_box(sum);
    1.0 / took
}

fn rate_of(many: usize, work: impl FnOnce() -> Result<(), Failed>) -> Result<f64, Failed> {
    let (done, took) = thread_time(work);
    done?;
    Ok(many as f64 / took)
}

fn scaled(rates: &[f64], by: f64) -> Vec<f64> {
    rates.iter().map(|rate| rate * by).collect()
}
