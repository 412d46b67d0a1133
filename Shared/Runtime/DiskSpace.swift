internal import Glibc

/// How full the disk under a path is.
package enum DiskSpace {
    /// Free for programs that are not root; a share of 1. Nil when there is no such path.
    package static func freeShare(at path: String) -> Double? {
        var figures = statvfs()
        guard statvfs(path, &figures) == 0, figures.f_blocks > 0 else { return nil }
        return Double(figures.f_bavail) / Double(figures.f_blocks)
    }
}
