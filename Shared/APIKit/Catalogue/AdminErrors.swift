extension Catalogue {
    static let adminErrors: [CatalogueEntry] = []
}
