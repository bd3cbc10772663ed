// swift-tools-version: 6.3
// Percept: reinforcement learning with verifiable rewards for multimodal language models, on MPI clusters.
// One line a target, in dependency order: a module may import only what stands above it. Tests/ArchitectureTests keeps the rules.
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil, exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, path: path, exclude: exclude, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], fixtures: Bool = false) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, resources: fixtures ? [.copy("Fixtures")] : [], swiftSettings: strict)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "Percept",
    products: [.executable(name: "percept", targets: ["percept"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C: Debian's libraries and our kernels. Each has exactly one Swift importer.
        .systemLibrary(name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CMPI", dependencies: ["COpenMPI"]),
        .target(
            name: "CImageCodecs", linkerSettings: [.linkedLibrary("png16"), .linkedLibrary("jpeg")]),
        .target(name: "CKernels"),
        .target(name: "CPrograms"),

        // Values: no actors, no MPI, no math libraries.
        module("Randomness"),
        module("Trajectories", path: "Sources/Tasks/Trajectories"),
        module("Digests", ["CCrypto"]),
        module("JSON"),
        module("Files"),
        module("Safetensors", ["JSON"]),
        module("GGUF", ["JSON", "Safetensors"]),
        module("Telemetry", ["JSON", "Files"]),
        module("Endpoints", ["CCurl"]),
        module("ConfigurationReading", ["Files", yams]),
        module("Multimodal", ["JSON", "Files", "Trajectories", "Digests", "GGUF", "CImageCodecs", "CPCRE2"]),
        module(
            "Tasks", ["Trajectories", "Digests", "JSON", "Files", "ConfigurationReading"], path: "Sources/Tasks",
            exclude: ["Trajectories", "Rewards"],
            resources: [.copy("Digits/Resources")]),
        module("Rewards", ["Trajectories", "ConfigurationReading"], path: "Sources/Tasks/Rewards"),
        module("Configuration", ["ConfigurationReading", "Rewards", "Tasks"]),
        module("Evaluation", ["Trajectories", "Randomness", "Files"]),
        module("Orchestration", ["Trajectories"]),
        module("Annotation", ["Trajectories", "Digests", "JSON", "Files", "Telemetry", "Tasks", "Rewards"]),

        // Math: no actors, no MPI.
        module("LinearAlgebra", ["COpenBLAS", "CKernels"]),
        module("PolicyModel", ["Files", "JSON", "LinearAlgebra", "Safetensors", "GGUF", "Randomness"]),
        module("Generation", ["Trajectories", "LinearAlgebra", "PolicyModel", "Randomness"]),
        module(
            "Judging",
            [
                "CPrograms", "Files", "Endpoints", "Trajectories", "Digests", "Telemetry", "Tasks", "Multimodal", "LinearAlgebra",
                "PolicyModel",
            ]),
        module(
            "AnnotationBackEnds",
            [
                "Randomness", "Endpoints", "Multimodal", "Tasks", "Annotation", "LinearAlgebra", "PolicyModel", "Generation",
            ]),
        module("Learning", ["LinearAlgebra"]),
        module("Checkpointing", ["Files", "LinearAlgebra", "Safetensors", "Digests"]),
        module("Footprints", ["Files", "Configuration", "LinearAlgebra", "PolicyModel", "Generation", "Judging", "Learning"]),

        // Actors over transports.
        module("MessagePassing", ["CMPI"]),
        module("ActorRuntime"),
        module("MPITransport", ["ActorRuntime", "MessagePassing"]),
        module(
            "TrainingCluster",
            [
                "Randomness", "Trajectories", "Digests", "JSON", "Files", "Telemetry", "Endpoints", "ConfigurationReading", "Configuration",
                "Multimodal",
                "Tasks",
                "Rewards", "Evaluation", "Orchestration", "LinearAlgebra", "PolicyModel", "Generation", "Judging", "Learning",
                "Checkpointing", "Footprints", "ActorRuntime",
            ]),
        .executableTarget(
            name: "percept",
            dependencies: [
                "Randomness", "Digests", "Trajectories", "Files", "Telemetry", "Endpoints", "ConfigurationReading", "Configuration",
                "Multimodal", "Tasks",
                "Evaluation", "Annotation", "AnnotationBackEnds", "LinearAlgebra", "PolicyModel", "Generation", "Judging",
                "Checkpointing", "Footprints", "ActorRuntime", "MessagePassing", "MPITransport", "TrainingCluster", argumentParser,
            ], swiftSettings: strict),

        // Tests: one target a module; fixtures stand in the target that reads them.
        module("TestSupport", ["ActorRuntime"]),
        tests("RandomnessTests", ["Randomness"]),
        tests("JSONTests", ["JSON"]),
        tests("FilesTests", ["Files"]),
        tests("GGUFTests", ["GGUF", "Safetensors", "TestSupport"], fixtures: true),
        tests("LinearAlgebraTests", ["LinearAlgebra", "TestSupport"]),
        tests("MultimodalTests", ["Multimodal", "Trajectories", "Safetensors", "GGUF", "TestSupport"], fixtures: true),
        tests("TasksTests", ["Tasks", "Multimodal", "Rewards", "Trajectories", "TestSupport"], fixtures: true),
        tests("RewardsTests", ["Rewards", "Trajectories", "TestSupport"], fixtures: true),
        tests("AnnotationTests", ["Annotation", "Tasks", "Digests", "JSON", "Telemetry", "Trajectories", "TestSupport"]),
        tests(
            "AnnotationBackEndsTests", ["AnnotationBackEnds", "Annotation", "Tasks", "Endpoints", "Trajectories", "TestSupport"]),
        tests("EvaluationTests", ["Evaluation", "Randomness", "Trajectories", "Rewards", "TestSupport"]),
        tests("DigestsTests", ["Digests", "TestSupport"]),
        tests("ConfigurationTests", ["ConfigurationReading", "Configuration", "Tasks", "TestSupport"]),
        tests("TelemetryTests", ["JSON", "Telemetry", "TestSupport"]),
        tests("EndpointsTests", ["Endpoints", "TestSupport"]),
        tests(
            "PolicyModelTests",
            [
                "JSON", "Trajectories", "PolicyModel", "Randomness", "LinearAlgebra", "Safetensors", "GGUF", "Generation", "Learning",
                "TestSupport",
            ],
            fixtures: true),
        tests("GenerationTests", ["Generation", "Multimodal", "PolicyModel", "Randomness"], fixtures: true),
        tests("JudgingTests", ["Endpoints", "Multimodal", "Judging", "Telemetry", "Tasks", "Trajectories", "Rewards", "TestSupport"]),
        tests("LearningTests", ["Learning", "LinearAlgebra", "TestSupport"], fixtures: true),
        tests("CheckpointingTests", ["Checkpointing", "Safetensors", "Digests", "LinearAlgebra", "TestSupport"]),
        tests(
            "FootprintsTests",
            ["Footprints", "ConfigurationReading", "Configuration", "Generation", "LinearAlgebra", "PolicyModel", "TestSupport"]),
        tests("OrchestrationTests", ["Orchestration", "Trajectories", "TestSupport"]),
        tests("ActorRuntimeTests", ["ActorRuntime", "TestSupport"]),
        tests(
            "TrainingClusterTests",
            [
                "TrainingCluster", "ConfigurationReading", "Configuration", "Randomness", "Trajectories", "Tasks", "Judging", "Learning",
                "LinearAlgebra",
                "PolicyModel", "Rewards", "Safetensors", "Checkpointing",
                "Multimodal", "Telemetry", "ActorRuntime", "TestSupport",
            ]),
        tests("ArchitectureTests", []),
        tests(
            "CommandTests",
            [
                "ConfigurationReading", "Configuration", "Checkpointing", "LinearAlgebra", "PolicyModel", "Safetensors", "Telemetry",
                "TestSupport",
            ]),
        tests("ClusterTests", ["ActorRuntime", "MessagePassing", "MPITransport", "TestSupport"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c17
)
