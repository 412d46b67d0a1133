import HTTPServer

/// Where a request comes from, as far as it can be believed.
enum ClientAddress {
    /// Each trusted proxy appends the address it was called from; whatever stands before those was written by anybody.
    ///
    /// - Parameter trustedProxies: how many of our own proxies a request passes; with none the peer itself counts.
    static func of(_ request: Request, trustedProxies: Int) -> String {
        guard trustedProxies > 0, let header = request.header("X-Forwarded-For") else { return request.remoteAddress }
        let hops = header.split(separator: ",").map { String($0).trimmed }
        guard hops.count >= trustedProxies else { return request.remoteAddress }
        let address = hops[hops.count - trustedProxies]
        let isAddress = (2...45).contains(address.utf8.count)
            && address.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
        return isAddress ? address : request.remoteAddress
    }
}
