/** Small parts of every screen. */
import type { ComponentChildren } from "preact";
import { place, s } from "../state";

/** Its place is there from the start; the picture comes after the first screen, which works without. */
export function Icon({ name }: { name: string }) {
  return (
    <svg class="icon" aria-hidden="true">
      {s.ready && <use href={`${place("icons")}#${name}`} />}
    </svg>
  );
}

type Level = "" | "ok" | "warn" | "bad";

export function Message({ level = "", icon, children }: { level?: Level; icon: string; children: ComponentChildren }) {
  return (
    <div class={`message ${level}`}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}

const busy = new Set<string>();

/** Two taps in haste are one: one line, one shift. */
export async function once(what: string, work: () => unknown): Promise<void> {
  if (busy.has(what)) return;
  busy.add(what);
  try {
    await work();
  } finally {
    busy.delete(what);
  }
}

interface ButtonProps {
  icon?: string;
  look?: string;
  label: string;
  disabled?: boolean;
  onClick: () => unknown;
}

export function Button({ icon, look = "", label, disabled, onClick }: ButtonProps) {
  return (
    <button type="button" class={`button ${look}`} disabled={disabled} onClick={() => void once(label, onClick)}>
      {icon && <Icon name={icon} />}
      <span>{label}</span>
    </button>
  );
}

/** One of a few: what was chosen stays chosen. */
export function Picks<T extends string>(props: {
  /** Of the group: not the legend, since another language would take the group apart under the finger. */
  name: string;
  legend: string;
  options: readonly (readonly [T, string])[];
  chosen: T;
  onPick: (value: T) => void;
}) {
  return (
    <fieldset class="picks">
      <legend>{props.legend}</legend>
      <div>
        {props.options.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name={props.name}
              value={value}
              checked={value === props.chosen}
              onChange={() => props.onPick(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function Empty({ icon, title, children }: { icon: string; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}
