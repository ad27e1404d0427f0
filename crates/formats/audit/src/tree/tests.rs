//! The tree against RFC 6962 written down word by word, slowly.

use proptest::prelude::*;

use super::{ConsistencyProof, Frontier, MemoryNodes, ProofError, ProveError, Prover};
use crate::Hash;

/// Merkle Tree Hash of RFC 6962 section 2.1, over leaf hashes.
fn root_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(largest_power_below(leaves.len()));
            Hash::of(&[&[1], root_of(left).as_bytes().as_slice(), root_of(right).as_bytes()].concat())
        }
    }
}

fn largest_power_below(n: usize) -> usize {
    (0..).map(|bit| 1 << bit).take_while(|power| *power < n).last().unwrap_or(1)
}

/// PATH of RFC 6962 section 2.1.1.
fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(largest_power_below(leaves.len()));
    let (mut path, sibling) = if m < left.len() { (path(m, left), right) } else { (path(m - left.len(), right), left) };
    path.push(root_of(sibling));
    path
}

/// SUBPROOF of RFC 6962 section 2.1.2.
fn subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { Vec::new() } else { vec![root_of(leaves)] };
    }
    let (left, right) = leaves.split_at(largest_power_below(leaves.len()));
    let (mut proof, sibling) = if m <= left.len() {
        (subproof(m, left, whole), right)
    } else {
        (subproof(m - left.len(), right, false), left)
    };
    proof.push(root_of(sibling));
    proof
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| Hash::of(&[&[0], number.to_be_bytes().as_slice()].concat())).collect()
}

fn grown(leaves: &[Hash]) -> (Frontier, MemoryNodes) {
    let (mut frontier, mut nodes) = (Frontier::new(), MemoryNodes::new());
    leaves.iter().for_each(|leaf| nodes.append(&mut frontier, *leaf));
    (frontier, nodes)
}

const UNCUT: &Frontier = &Frontier::new();

#[test]
fn roots_are_those_of_the_known_answers() {
    // The eight leaves that implementations of Certificate Transparency share; roots computed with a program of its own.
    let inputs: [&[u8]; 8] = [
        &[],
        &[0],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::new();
    for (input, root) in inputs.into_iter().zip(roots) {
        frontier.append(Hash::of(&[&[0], input].concat()));
        let hex: String = frontier.root().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, root);
    }
}

#[test]
fn roots_frontiers_and_every_proof_agree_with_the_definition_for_all_sizes_up_to_300() {
    let all = leaves(300);
    let (_, nodes) = grown(&all);
    let mut prover = Prover::new(&nodes, UNCUT);
    let mut frontier = Frontier::new();
    for size in 0..=all.len() {
        let now = &all[..size];
        let root = root_of(now);
        assert_eq!(frontier.root(), root, "frontier of {size}");
        assert_eq!(prover.root(size as u64), Ok(root), "stored nodes of {size}");
        assert_eq!(prover.frontier(size as u64).as_ref(), Ok(&frontier));
        for index in (0..size).filter(|index| size < 48 || index % 29 == 0 || index + 3 > size) {
            let proof = prover.inclusion(index as u64, size as u64).unwrap();
            assert_eq!(proof.hashes, path(index, now), "inclusion of {index} in {size}");
            assert_eq!(proof.verify(all[index], root), Ok(()));
            assert_eq!(proof.verify(all[(index + 1) % 300], root), Err(ProofError::Root));
        }
        for from in (1..=size).filter(|from| size < 48 || from % 29 == 0 || from + 3 > size) {
            let proof = prover.consistency(from as u64, size as u64).unwrap();
            assert_eq!(proof.hashes, subproof(from, now, true), "consistency of {from} with {size}");
            let earlier = root_of(&all[..from]);
            assert_eq!(proof.verify(earlier, root), Ok(()), "consistency of {from} with {size}");
            if from < size {
                assert_eq!(proof.verify(root, root), Err(ProofError::Root));
                assert_eq!(proof.verify(earlier, earlier), Err(ProofError::Root));
            }
        }
        if let Some(leaf) = all.get(size) {
            frontier.append(*leaf);
        }
    }
}

#[test]
fn the_empty_tree_is_the_beginning_of_every_tree() {
    let proof = ConsistencyProof { from: 0, to: 7, hashes: Vec::new() };
    assert_eq!(proof.verify(Frontier::new().root(), root_of(&leaves(7))), Ok(()));
    assert_eq!(proof.verify(root_of(&leaves(1)), root_of(&leaves(7))), Err(ProofError::Root));
    assert_eq!(ConsistencyProof { from: 8, ..proof }.verify(Hash::default(), Hash::default()), Err(ProofError::Form));
}

#[test]
fn every_proof_above_a_cut_is_that_of_the_whole_tree() {
    let all = leaves(700);
    let (_, whole) = grown(&all);
    let mut unpruned = Prover::new(&whole, UNCUT);
    for cut in [1, 2, 5, 255, 256, 257, 300, 511, 512, 640, 699, 700] {
        let frontier = unpruned.frontier(cut).unwrap();
        let mut pruned = whole.clone();
        pruned.prune(cut);
        let mut prover = Prover::new(&pruned, &frontier);
        for size in [cut, cut + 1, 520, 600, 699, 700].into_iter().filter(|size| (cut..=700).contains(size)) {
            assert_eq!(prover.root(size), unpruned.root(size), "cut {cut}, size {size}");
            assert_eq!(prover.frontier(size), unpruned.frontier(size), "cut {cut}, size {size}");
            for index in (cut..size).step_by(7) {
                assert_eq!(prover.inclusion(index, size), unpruned.inclusion(index, size));
            }
            for from in (cut..=size).step_by(5) {
                let (ours, theirs) = (prover.consistency(from, size), unpruned.consistency(from, size));
                assert_eq!(ours, theirs, "cut {cut}, from {from} to {size}");
            }
        }
        assert_eq!(prover.inclusion(cut - 1, 700), Err(ProveError::Pruned));
    }
}

#[test]
fn one_node_is_kept_for_each_256_entries() {
    let (_, nodes) = grown(&leaves(1000));
    assert_eq!(nodes.len(), 1000 + 3);
}

#[test]
fn a_lost_node_is_told_and_not_made_up() {
    let all = leaves(300);
    let (frontier, mut nodes) = grown(&all);
    nodes.prune(255);
    assert_eq!(
        Prover::new(&nodes, UNCUT).root(frontier.size()),
        Ok(root_of(&all)),
        "a stored node stands for its leaves"
    );
    assert_eq!(Prover::new(&nodes, UNCUT).inclusion(3, 300), Err(ProveError::Missing { level: 0, index: 128 }));
    assert_eq!(Prover::new(&nodes, UNCUT).inclusion(300, 300), Err(ProveError::OutOfRange));
}

#[test]
fn a_frontier_has_a_hash_for_each_bit() {
    let (frontier, _) = grown(&leaves(6));
    let json = serde_json::to_string(&frontier).unwrap();
    assert_eq!(serde_json::from_str::<Frontier>(&json).unwrap(), frontier);
    assert_eq!(Frontier::from_bytes(&frontier.to_bytes()).unwrap(), frontier);
    assert!(serde_json::from_str::<Frontier>(&json.replace("\"size\":6", "\"size\":7")).is_err());
    assert!(Frontier::from_bytes(&frontier.to_bytes()[1..]).is_err());
}

proptest! {
    #[test]
    fn a_proof_with_anything_changed_proves_nothing(
        size in 2_usize..80, index in 0_usize..80, at in 0_usize..8, byte in 0_usize..32, bit in 0_u8..8,
    ) {
        let all = leaves(size);
        let index = index % size;
        let (_, nodes) = grown(&all);
        let sound = Prover::new(&nodes, UNCUT).inclusion(index as u64, size as u64).unwrap();
        let mut proof = sound.clone();
        let at = at % proof.hashes.len();
        let mut bytes = *proof.hashes[at].as_bytes();
        bytes[byte] ^= 1 << bit;
        proof.hashes[at] = Hash::from_bytes(bytes);
        prop_assert!(proof.verify(all[index], root_of(&all)).is_err());
        let mut short = sound.clone();
        short.hashes.remove(at);
        prop_assert!(short.verify(all[index], root_of(&all)).is_err());
        let mut long = sound.clone();
        long.hashes.insert(at, Hash::default());
        prop_assert!(long.verify(all[index], root_of(&all)).is_err());
        let mut moved = sound;
        moved.index = (moved.index + 1) % size as u64;
        prop_assert!(moved.verify(all[index], root_of(&all)).is_err());
    }

    #[test]
    fn any_proof_is_answered(from in any::<u64>(), to in any::<u64>(), count in 0_usize..70) {
        let hashes = leaves(count);
        let inclusion = super::InclusionProof { index: from, size: to, hashes: hashes.clone() };
        prop_assert!(inclusion.verify(Hash::default(), Hash::default()).is_err());
        if from != to {
            let consistency = ConsistencyProof { from, to, hashes };
            prop_assert!(consistency.verify(Hash::default(), Hash::default()).is_err());
        }
    }
}
