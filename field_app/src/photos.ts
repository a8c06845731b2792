/** Scene photos: shrunk on the phone, without EXIF, sent after the logs. */
import { uuid7 } from "./ids";
import type { Database, Photo } from "./store";

export const LONG_SIDE = 1600;
export const MOST_BYTES = 300_000;
export const MOST_PHOTOS = 5;
const QUALITIES = [0.8, 0.7, 0.6, 0.5, 0.4];

/** Drawing it anew leaves EXIF and the place behind. */
export async function shrink(file: Blob): Promise<ArrayBuffer> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const canvas = document.createElement("canvas");
  try {
    for (let side = LONG_SIDE; side >= 600; side -= 250) {
      const scale = Math.min(1, side / Math.max(picture.width, picture.height));
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height);
      for (const quality of QUALITIES) {
        const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", quality));
        if (blob && blob.size <= MOST_BYTES) return await blob.arrayBuffer();
      }
    }
    throw new Error("photo cannot be made small enough");
  } finally {
    picture.close();
    canvas.width = canvas.height = 0; // old phones keep the memory otherwise
  }
}

/** A full disk costs the picture, never the log: photos have transactions of their own. */
export async function keepPhoto(db: Database, user: string, session: string, bytes: ArrayBuffer): Promise<Photo> {
  const photo: Photo = {
    id: uuid7(), user, session, bytes, state: "queued", tries: 0, error: "", made_at: Date.now(),
  };
  const tx = db.transaction("photos", "readwrite", { durability: "strict" });
  await tx.store.add(photo);
  await tx.done;
  return photo;
}

export async function nextPhoto(db: Database, user: string): Promise<Photo | undefined> {
  const tx = db.transaction("photos", "readwrite", { durability: "strict" });
  const photo = (await tx.store.index("by_state").getAll([user, "queued"], 1))[0];
  if (photo) await tx.store.put({ ...photo, tries: photo.tries + 1 });
  await tx.done;
  return photo;
}

export async function settlePhoto(db: Database, photo: Photo, state: Photo["state"], error = ""): Promise<void> {
  // What the server holds need not fill the phone.
  const bytes = state === "stored" ? new ArrayBuffer(0) : photo.bytes;
  await db.put("photos", { ...photo, bytes, state, error });
}

export async function photosWaiting(db: Database, user: string): Promise<number> {
  const [queued, held] = await Promise.all(
    ["queued", "held"].map((state) => db.countFromIndex("photos", "by_state", [user, state])),
  );
  return queued! + held!;
}
