import type { Case } from "../case.ts";
import { application } from "./application.ts";
import { audio } from "./audio.ts";
import { budget } from "./budget.ts";
import { business } from "./business.ts";
import { containers } from "./containers.ts";
import { databases } from "./database.ts";
import { disks } from "./disks.ts";
import { ffiCalls } from "./ffi.ts";
import { infrastructure } from "./infrastructure.ts";
import { ingestion } from "./ingestion.ts";
import { kubernetes } from "./kubernetes.ts";
import { logSources } from "./log-sources.ts";
import { longTerm } from "./long-term.ts";
import { monitoring } from "./monitoring.ts";
import { planned } from "./planned.ts";
import { probes } from "./probes.ts";
import { security } from "./security.ts";
import { tracing } from "./tracing.ts";

/** Every case, by subject. Each subject has its own test files for promtool. */
export const subjects: Readonly<Record<string, readonly Case[]>> = {
  infrastructure,
  disks,
  containers,
  application,
  budget,
  audio,
  ffi: ffiCalls,
  databases,
  security,
  business,
  monitoring,
  ingestion,
  logSources,
  probes,
  tracing,
  longTerm,
  kubernetes,
  planned,
};

export const cases: readonly Case[] = Object.values(subjects).flat();
