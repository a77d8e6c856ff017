import type { Crash } from "./crash.ts";

/** What a shell prints before the signal that killed a program. */
const shell = String.raw`(?:\S+: line \d+: +\d+ )`;

/** Reports of compiled programs, and of Rust, Ruby and PHP. */
export const nativeCrashes: readonly Crash[] = [
  {
    name: "Swift",
    level: "critical",
    starts: [
      "Fatal error: ",
      String.raw`[\w./+-]+:\d+: (?:Fatal error|Precondition failed|Assertion failed)\b`,
      "Simultaneous accesses to 0x",
      String.raw`(?:💣 |\*\*\* )(?:Program crashed|Signal \d+)`,
      String.raw`\*\*\* Terminating app due to uncaught exception`,
    ],
    continues: [
      // After "Fatal error" if there is one; otherwise they start the report.
      String.raw`(?:💣 |\*\*\* )(?:Program crashed|Signal \d+)`,
      String.raw`Thread \d+ (?:"[^"\n]*" )?(?:crashed)?:`,
      "Current stack trace:",
      // A frame: number, library, address.
      String.raw`\d+ +(?:\[\w+\] +)?(?:\S+ +)?0x[0-9a-f]+ `,
      String.raw`\d+ (?:\[\w+\] )?[^\n]+ in (?:\S+ at /[^\n]+:\d|lib\S+\.so)`,
      String.raw`Platform: \S+ \w+ \(`,
      // Exclusive access to memory.
      String.raw`(?:Previous|Current) access \(`,
      "Fatal access conflict detected",
      // Objective-C.
      String.raw`\*\*\* First throw call stack:`,
      String.raw`\(\n\s+0 `,
      String.raw`libc\+\+abi: terminating [a-z ]+ of type NSException`,
      "Registers:",
      String.raw`Images \(`,
      "0x[0-9a-f]+–",
      "Backtrace took ",
      "Illegal instruction|Trace/breakpoint trap",
    ],
    samples: [
      "main.swift:3: Fatal error: Index out of range\nCurrent stack trace:\n0    libswiftCore.so                    0x00007f01 _swift_stdlib_reportFatalErrorInFile + 109\n1    app                                0x00005601 main + 49",
      'Swift/ContiguousArrayBuffer.swift:600: Fatal error: Index out of range\n\n*** Signal 4: Backtracing from 0x7f01...\n\n*** Program crashed: Illegal instruction at 0x00007f01 ***\n\nThread 0 "app" crashed:\n\n0 0x00007f01 _assertionFailure(_:_:file:line:flags:) in libswiftCore.so\n1 [ra] 0x00005601 main in app at /app/main.swift:3:7\n\nRegisters:\n\nrax 0x0000000000000000  0\n\nImages (2 omitted):\n\n0x0000–0x0001 7d app /app/app\n\nBacktrace took 0.02s',
      "Fatal error: Unexpectedly found nil while unwrapping an Optional value: file main.swift, line 9",
    ],
  },
  {
    name: "C and C++",
    level: "critical",
    starts: [
      "terminate called ",
      String.raw`libc\+\+abi: terminating`,
      String.raw`==\d+==ERROR: `,
      String.raw`\w+Sanitizer:DEADLYSIGNAL`,
      "WARNING: ThreadSanitizer: ",
      String.raw`==\d+==WARNING: MemorySanitizer: `,
      `${shell}?(?:Segmentation fault|Bus error|Floating point exception)`,
      `${shell}(?:Aborted|Illegal instruction|Killed|Trace/breakpoint trap)`,
      "Killed$",
      String.raw`[\w./+-]+(?::\d+)?: [^\n]*: Assertion .* failed\.`,
      String.raw`[\w./+-]+:\d+: assertion .* failed`,
      String.raw`\*\*\* (?:stack smashing |Error in |buffer overflow |Aborted at \d)`,
      // glibc.
      String.raw`(?:free|malloc|calloc|realloc|munmap_chunk|malloc_consolidate)\(\): [a-z]`,
      "double free or corruption|corrupted (?:size vs|double-linked)",
    ],
    continues: [
      String.raw`==\d+==(?:[^EW]|W[^A])`,
      String.raw`Aborted(?: \(core dumped\))?$`,
      "(?:READ|WRITE) of size ",
      "(?:Address )?0x[0-9a-f]+ is located ",
      "(?:freed|(?:previously )?allocated) by thread ",
      "(?:Direct|Indirect) leak of ",
      String.raw`Thread T\d+ `,
      String.raw`SUMMARY: \w+Sanitizer`,
      "HINT: ",
      "Shadow byte",
      "=>0x",
      "AddressSanitizer can not ",
      "ThreadSanitizer: reported ",
      "Intercepted call to real-time unsafe ",
      // glog and Abseil.
      String.raw`\*\*\* (?:Check failure stack trace: |SIG[A-Z]+ \(@0x)`,
      "PC: @ ",
    ],
    precedes: [String.raw`\w+Sanitizer:DEADLYSIGNAL`, "terminate called recursively"],
    samples: [
      "terminate called after throwing an instance of 'std::runtime_error'\n  what():  payment failed\nAborted (core dumped)",
      "=================================================================\n==123==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x0001 bp 0x0002 sp 0x0003\nREAD of size 4 at 0x602000000010 thread T0\n    #0 0x0001 in main /app/a.cpp:5\n\n0x602000000010 is located 0 bytes inside of 4-byte region [0x602000000010,0x602000000014)\nfreed by thread T0 here:\n    #0 0x0004 in operator delete(void*)\n\npreviously allocated by thread T0 here:\n    #0 0x0005 in operator new(unsigned long)\n\nSUMMARY: AddressSanitizer: heap-use-after-free /app/a.cpp:5 in main\nShadow bytes around the buggy address:\n  0x0c047fff7fb0: fa fa\n=>0x0c047fff8000: fa fa[fd]fa\nShadow byte legend (one shadow byte represents 8 application bytes):\n  Addressable:           00\n==123==ABORTING",
      "==9==ERROR: LeakSanitizer: detected memory leaks\n\nDirect leak of 7 byte(s) in 1 object(s) allocated from:\n    #0 0x0001 in malloc\n    #1 0x0002 in main /app/leak.c:4\n\nSUMMARY: AddressSanitizer: 7 byte(s) leaked in 1 allocation(s).",
      "app: main.cpp:12: int main(): Assertion `total > 0' failed.\nAborted",
    ],
  },
  {
    name: "Undefined behavior and assertions",
    level: "error",
    starts: [String.raw`[^\s:]+:\d+:\d+: runtime error: `, "JUCE Assertion failure in "],
    continues: ["0x[0-9a-f]+: note: pointer points here"],
    samples: [
      "/app/a.cpp:5:12: runtime error: signed integer overflow: 2147483647 + 1 cannot be represented in type 'int'\n    #0 0x1 in main /app/a.cpp:5\n\nSUMMARY: UndefinedBehaviorSanitizer: undefined-behavior /app/a.cpp:5:12 in",
      "JUCE Assertion failure in juce_AudioProcessor.cpp:123",
    ],
  },
  {
    name: "Rust, Ruby and PHP",
    level: "critical",
    starts: [
      String.raw`thread '[^'\n]*' (?:\(\d+\) )?panicked at `,
      String.raw`\S+:\d+:in [^\n]*: [^\n]*\([A-Z]\w*(?:::\w+)*\)`,
      String.raw`(?:\[[^\]\n]+\] |NOTICE: PHP message: )?PHP (?:Fatal|Parse) error: `,
    ],
    continues: [
      "stack backtrace:",
      String.raw`Caused by:\n\s`,
      "note: (?:run with|Some details)",
      "Stack trace:",
      String.raw`#\d+ (?:\S+\(\d+\): |\{main\})`,
      String.raw`Next [\w\\]+: `,
      // Monolog.
      String.raw`\[(?:stacktrace|previous exception)\]`,
      String.raw`"\}`,
    ],
    // The message of a Rust panic is on the second line.
    precedes: [String.raw`thread '[^'\n]*' (?:\(\d+\) )?panicked at [^\n]+:\d+:\d+:`],
    samples: [
      "thread 'main' panicked at src/main.rs:4:5:\nindex out of bounds: the len is 3 but the index is 5\nstack backtrace:\n   0: rust_begin_unwind\n   1: core::panicking::panic_fmt\nnote: run with `RUST_BACKTRACE=full` for a verbose backtrace.",
      "PHP Fatal error:  Uncaught Exception: payment failed in /app/pay.php:3\nStack trace:\n#0 /app/index.php(7): pay()\n#1 {main}\n  thrown in /app/pay.php on line 3",
      "app.rb:3:in 'pay': payment failed (RuntimeError)\n\tfrom app.rb:7:in '<main>'",
    ],
  },
];
