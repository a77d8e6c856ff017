// swift-tools-version:5.10
import PackageDescription

let package = Package(
    name: "white-room-instrumentation",
    platforms: [.macOS(.v13), .iOS(.v16)],
    products: [
        .library(name: "WhiteRoomClient", targets: ["WhiteRoomClient"]),
        .library(name: "WhiteRoomServer", targets: ["WhiteRoomServer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log.git", from: "1.11.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.5.0"),
        .package(url: "https://github.com/swift-server/swift-prometheus.git", from: "2.3.0"),
    ],
    targets: [
        .target(name: "WhiteRoomClient", dependencies: [.product(name: "CoreMetrics", package: "swift-metrics")]),
        .target(
            name: "WhiteRoomServer",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Prometheus", package: "swift-prometheus"),
            ]
        ),
        .executableTarget(name: "Check", dependencies: ["WhiteRoomClient", "WhiteRoomServer"]),
    ]
)
