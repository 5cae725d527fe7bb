// The sheet of cards: it is there to be printed.
import { $ } from "./common.js";

$("print").addEventListener("click", () => window.print());
