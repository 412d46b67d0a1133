internal import Ccurl
internal import Glibc

/// Which addresses a tenant's URL may reach: none of our own host or network (IANA's special-purpose
/// registries).
package enum PublicAddress {
    /// A numeric address as text; anything else is not public.
    package static func isPublic(text: String) -> Bool {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return isPublic(four) }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return isPublic(six) }
        return false
    }

    /// `address` must point to at least as many bytes as its family says.
    static func isPublic(_ address: UnsafePointer<sockaddr>) -> Bool {
        let bytes = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET: return isPublic(bytes.loadUnaligned(as: sockaddr_in.self).sin_addr)
        case AF_INET6: return isPublic(bytes.loadUnaligned(as: sockaddr_in6.self).sin6_addr)
        default: return false
        }
    }

    private static func isPublic(_ address: in_addr) -> Bool {
        withUnsafeBytes(of: address.s_addr) { isPublicV4(Array($0)) }
    }

    private static func isPublic(_ address: in6_addr) -> Bool {
        let bytes = withUnsafeBytes(of: address) { Array($0) }
        let isZero = bytes.prefix(10).allSatisfy { $0 == 0 }
        // IPv4 in IPv6: mapped (::ffff:a.b.c.d), compatible, NAT64 (64:ff9b::), 6to4 (2002:).
        if isZero, bytes[10] == 0xFF, bytes[11] == 0xFF { return isPublicV4(Array(bytes[12...])) }
        if Array(bytes.prefix(12)) == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0] {
            return isPublicV4(Array(bytes[12...]))
        }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return isPublicV4(Array(bytes[2..<6])) }
        // Only 2000::/3 is global unicast; in it, Teredo and other protocol assignments (2001::/23) and
        // examples.
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        if bytes[0] == 0x20, bytes[1] == 0x01, bytes[2] < 0x02 { return false }
        return !(bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8)
    }

    private static func isPublicV4(_ bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (224...255, _, _): false
        case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _), (198, 18...19, _): false
        case (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 51, 100), (203, 0, 113): false
        default: true
        }
    }
}
