/** Screens that are not part of the two taps; loaded when first needed, and kept by the worker. */
import type { ComponentType } from "preact";
import type { ScreenName } from "../state";
import { List, Notes, Problems } from "./entries";
import { Rescue } from "./rescue";
import { Settings } from "./settings";
import { Sync } from "./sync";

export const screens: Partial<Record<ScreenName, ComponentType>> = {
  list: List, notes: Notes, problems: Problems, rescue: Rescue, settings: Settings, sync: Sync,
};
