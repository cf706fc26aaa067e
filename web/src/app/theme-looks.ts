import { Monitor, Moon, Sun, type LucideIcon } from "lucide-react";
import type { Theme } from "../live/settings.ts";

export const THEME_LOOKS: Record<Theme, { Icon: LucideIcon; name: string }> = {
  system: { Icon: Monitor, name: "System" },
  light: { Icon: Sun, name: "Light" },
  dark: { Icon: Moon, name: "Dark" },
};
