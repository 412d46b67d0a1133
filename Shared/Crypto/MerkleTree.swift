/// A tree of SHA-256 hashes over leaves in a fixed order: one root vouches for all of them, and a short path for one.
/// A node is the hash of the byte 1 and its two children; the last of an odd number goes up as it is.
package enum MerkleTree {
    package struct Step: Hashable, Sendable {
        /// The neighbour stands before us.
        package let isLeft: Bool
        package let hash: [UInt8]

        package init(isLeft: Bool, hash: [UInt8]) {
            self.isLeft = isLeft
            self.hash = hash
        }
    }

    /// Nil without leaves.
    package static func root(of leaves: [[UInt8]]) -> [UInt8]? {
        var level = leaves
        while level.count > 1 { level = parents(of: level) }
        return level.first
    }

    /// The neighbours from a leaf up to the root. Nil where there is no such leaf.
    package static func path(to index: Int, in leaves: [[UInt8]]) -> [Step]? {
        guard leaves.indices.contains(index) else { return nil }
        var steps: [Step] = []
        var (level, place) = (leaves, index)
        while level.count > 1 {
            let neighbour = place ^ 1
            if level.indices.contains(neighbour) {
                steps.append(Step(isLeft: neighbour < place, hash: level[neighbour]))
            }
            level = parents(of: level)
            place /= 2
        }
        return steps
    }

    /// The root to which a path leads.
    package static func root(of leaf: [UInt8], along path: [Step]) -> [UInt8] {
        path.reduce(leaf) { hash, step in step.isLeft ? node(step.hash, hash) : node(hash, step.hash) }
    }

    private static func parents(of level: [[UInt8]]) -> [[UInt8]] {
        stride(from: 0, to: level.count, by: 2).map { place in
            place + 1 < level.count ? node(level[place], level[place + 1]) : level[place]
        }
    }

    private static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { SHA256.hash([1] + left + right) }
}
